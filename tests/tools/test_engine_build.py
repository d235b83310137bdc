"""The whole command, with a pretended Go."""

import hashlib
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.engine.cache import build_caches, cache_folder
from tools.engine.versions import MODULES

Start = Callable[..., "subprocess.Popen[str]"]
WriteGo = Callable[..., None]
PROGRAMS = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)


def builds(machine: Path) -> int:
    calls = machine / "calls"
    text = calls.read_text() if calls.exists() else ""
    return sum(line.startswith("build") for line in text.splitlines())


def modules_digest() -> str:
    files = sorted(path for path in MODULES.rglob("*") if path.is_file())
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def run(start_tool: Start, *arguments: str) -> tuple[int, str, str]:
    process = start_tool(*arguments)
    out, err = process.communicate()
    return process.returncode, out, err


def test_builds_once_and_prints_the_folder(
    machine: Path, write_go: WriteGo, start_tool: Start
) -> None:
    write_go()
    code, out, err = run(start_tool)
    assert code == 0, err
    folder = Path(out.strip())
    assert all(os.access(folder / name, os.X_OK) for name in PROGRAMS)
    assert "Pulumi's release cannot be reached" in err
    assert "building pulumi: about" in err
    assert builds(machine) == 3

    assert run(start_tool) == (0, out, "")
    assert builds(machine) == 3


def test_writes_in_its_cache_folder_only(
    machine: Path, write_go: WriteGo, start_tool: Start
) -> None:
    write_go()
    before = modules_digest()
    assert run(start_tool)[0] == 0
    settings = dict(line.split("=", 1) for line in (machine / "settings").read_text().splitlines())
    assert len(settings) == 5
    assert all(Path(value).is_relative_to(cache_folder()) for value in settings.values())
    assert list((machine / "home").rglob("*")) == []
    assert [path.name for path in (machine / "cache").iterdir()] == ["smc-migration"]
    assert modules_digest() == before


def test_build_caches_go_unless_they_are_wanted(
    write_go: WriteGo, start_tool: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_go()
    monkeypatch.setenv("SMC_MIGRATION_KEEP_BUILD_CACHE", "1")
    assert run(start_tool)[0] == 0
    assert (cache_folder() / "go").exists()
    monkeypatch.delenv("SMC_MIGRATION_KEEP_BUILD_CACHE")
    assert run(start_tool)[0] == 0
    assert not (cache_folder() / "go").exists()


def test_build_caches_in_use_by_another_build_stay(write_go: WriteGo, start_tool: Start) -> None:
    write_go()
    with build_caches() as caches:
        assert run(start_tool)[0] == 0
        assert caches.is_dir()
    assert run(start_tool)[0] == 0
    assert not caches.exists()


def test_two_at_once_build_once(machine: Path, write_go: WriteGo, start_tool: Start) -> None:
    # The first build goes on only when the second process was started.
    gate = machine / "gate"
    os.mkfifo(gate)
    write_go(
        f'if [ ! -e "{machine}/opened" ]; then : > "{machine}/opened"; read line < "{gate}"; fi'
    )
    first = start_tool()
    with gate.open("w") as opened:  # returns when the build waits
        second = start_tool()
        opened.write("go on\n")
    first_out, _ = first.communicate()
    second_out, _ = second.communicate()
    assert (first.returncode, second.returncode) == (0, 0)
    assert first_out == second_out
    assert builds(machine) == 3


def test_killed_build_is_redone(machine: Path, write_go: WriteGo, start_tool: Start) -> None:
    write_go("kill -9 $PPID; exit 1")
    assert run(start_tool)[0] == -9
    assert not [path for path in cache_folder().glob("engine-*") if path.suffix == ""]
    write_go()
    code, out, _ = run(start_tool)
    assert code == 0
    assert (Path(out.strip()) / "pulumi").read_text() == "built\n"
    assert not list(cache_folder().glob("*.making-*"))


def test_terminated_build_stops_go_and_leaves_nothing(
    machine: Path, write_go: WriteGo, start_tool: Start
) -> None:
    # Go holds one pipe open for as long as it lives, and lives until the other one ends.
    alive, until = machine / "alive", machine / "until"
    os.mkfifo(alive)
    os.mkfifo(until)
    write_go(f'exec 3> "{alive}"; kill -TERM $PPID; read line < "{until}"; exit 1')
    held = os.open(until, os.O_RDWR)  # both ways: does not wait for the other end
    try:
        process = start_tool()
        with alive.open() as pipe:
            process.communicate()
            assert process.returncode == 128 + signal.SIGTERM
            assert pipe.read() == ""
    finally:
        os.close(held)
    assert not list(cache_folder().glob("*.making-*"))


def test_failed_build_says_what_to_do(write_go: WriteGo, start_tool: Start) -> None:
    write_go("""i=0; while [ $i -lt 40 ]; do i=$((i + 1)); echo "line $i" >&2; done
echo "write: no space left on device" >&2; exit 1""")
    code, out, err = run(start_tool)
    assert (code, out) == (1, "")
    assert "no space left on device" in err
    assert "line 40\n" in err
    assert "line 20\n" not in err
    assert "Fix: free 10 GB" in err
    log = cache_folder() / "build.log"
    assert str(log) in err
    assert "line 1\n" in log.read_text()
    assert "Traceback" not in err


@pytest.mark.usefixtures("machine")
def test_without_go_says_what_to_install(start_tool: Start) -> None:
    code, out, err = run(start_tool)
    assert (code, out) == (1, "")
    assert "Fix: install Pulumi" in err
    assert "Traceback" not in err
