"""Go is stopped whenever the tool is, even in the moment in which it is started."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.engine.child import run_to_the_end


@pytest.fixture(autouse=True)
def terminated_as_an_exception() -> Iterator[None]:
    def stop(number: int, frame: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, stop)
    yield
    signal.signal(signal.SIGTERM, before)


def test_terminated_while_the_child_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[str]] = []

    class Terminated(subprocess.Popen[str]):
        def __init__(self, *arguments: object, **options: object) -> None:
            super().__init__(*arguments, **options)  # type: ignore[call-overload]
            started.append(self)
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(subprocess, "Popen", Terminated)
    with pytest.raises(SystemExit) as ended:
        run_to_the_end([sys.executable, "-c", "import time; time.sleep(600)"], tmp_path, {})
    assert ended.value.code == 128 + signal.SIGTERM
    assert started[0].returncode == -signal.SIGKILL


def test_exit_code_output_and_errors(tmp_path: Path) -> None:
    script = "import os, sys; print(os.getcwd()); print(os.environ['A'], file=sys.stderr); exit(3)"
    code, out, err = run_to_the_end([sys.executable, "-c", script], tmp_path, {"A": "b"})
    assert (code, out.strip(), err.strip()) == (3, str(tmp_path), "b")
