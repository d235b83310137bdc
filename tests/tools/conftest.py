"""For each test its own home, cache and PATH, a pretended `go`, and no way to a release server."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tools.engine.versions import MODULES

REPOSITORY = MODULES.parents[2]

FAKE_GO = """#!/bin/sh
# Only what the shell itself can do: PATH has nothing but this folder.
echo "$@" >> "{calls}"
echo "GOPATH=$GOPATH
GOMODCACHE=$GOMODCACHE
GOCACHE=$GOCACHE
GOTMPDIR=$GOTMPDIR
XDG_CONFIG_HOME=$XDG_CONFIG_HOME" > "{settings}"
if [ "$1" = list ]; then echo "{sdk}"; exit; fi
{build}
while [ "$1" != -o ]; do shift; done
echo built > "$2"
echo object > "$GOCACHE.object"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine without Pulumi and Go; its home is `home`, its programs are in `programs`."""
    for folder in ("home", "programs"):
        (tmp_path / folder).mkdir()
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith(("PULUMI_", "GO", "SMC_MIGRATION_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    # urllib keeps the proxies of its first call for the whole process.
    monkeypatch.setattr("urllib.request._opener", None)
    # Bound but not listening: whatever goes to this proxy is refused at once.
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{closed.getsockname()[1]}")
        yield tmp_path


@pytest.fixture
def write_program(machine: Path) -> Callable[[str, str], Path]:
    """Put a program on PATH: its name and its text."""

    def write(name: str, text: str) -> Path:
        program = machine / "programs" / name
        program.write_text(text)
        program.chmod(0o755)
        return program

    return write


@pytest.fixture
def write_go(machine: Path, write_program: Callable[[str, str], Path]) -> Callable[[str], None]:
    """Put a pretended Go on PATH; the argument is what it does in a build before its output."""
    sdk = machine / "sdk"
    for script in (
        "python/cmd/pulumi-language-python-exec",
        "python/dist/pulumi-resource-pulumi-python",
    ):
        (sdk / script).parent.mkdir(parents=True)
        (sdk / script).write_text("#!/bin/sh\n")
        (sdk / script).chmod(0o444)

    def write(build: str = "") -> None:
        text = FAKE_GO.format(
            calls=machine / "calls", settings=machine / "settings", sdk=sdk, build=build
        )
        write_program("go", text)

    return write


@pytest.fixture
def start_tool(machine: Path) -> Callable[..., "subprocess.Popen[str]"]:
    """Start `python3 -m tools.engine` as its users do."""

    def start(*arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "tools.engine", *arguments],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
