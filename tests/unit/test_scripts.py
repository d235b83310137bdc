"""The scripts that go to servers: constant; the Linux ones are run for real, in a folder."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from smc import import_command, removal_command
from smc.drill.scripts import check_script
from smc.models import ActivationCode
from smc.removal_command import KEPT, removal_script

SCRIPTS = {
    "check on linux": check_script("linux"),
    "check on windows": check_script("windows"),
    "import on linux": import_command.LINUX,
    "import on windows": import_command.WINDOWS,
    "removal on linux": removal_command.LINUX,
    "removal on windows": removal_command.WINDOWS,
}

HASHES = {
    "check on linux": "0d7cf31fc6c19d154f2b54ca53d577da368610e770e7c77d7438d2ec70fbcca9",
    "check on windows": "6fe5f184001c686eed49f5f1c287f7d7bf8c3427c2fc4acb00c191cb9c1ee542",
    "import on linux": "fca07d4558ee3aa2e8259a8efa4819def890cb4fbf71f1dfb9de9d36bcf662ba",
    "import on windows": "c40bd7c0f0eee1ed586b9927f3921fbbebe3b59d612dfbee16e2da8f9709849c",
    "removal on linux": "fa388bcf8459534e0b122d840c093bceeb4fef0a187e77ad1452837e99e15675",
    "removal on windows": "5f4369cd8e34afbb9ce90f90a921bdde8c09be4f2a1e2b1f46cdba898e5aeb00",
}
"""They run as root on every server: a change has to be looked at, and is then recorded here."""


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_that_runs_as_root_is_the_one_that_was_looked_at(name: str) -> None:
    assert hashlib.sha256(SCRIPTS[name].encode()).hexdigest() == HASHES[name]


def test_only_the_two_values_of_the_code_are_ever_put_into_a_script() -> None:
    for name, script in SCRIPTS.items():
        left = script.replace("{{access_token_id}}", "").replace("{{access_token_code}}", "")
        assert "{{" not in left, name
        assert (left != script) == name.startswith("import")
        assert script.isascii()


class Server:
    """A folder that stands for a server: its `/smc`, and the plug-in manager of its assistant."""

    def __init__(self, root: Path) -> None:
        self.smc = root / "smc"
        self.mark = self.smc / ".smc-migration"
        self.plugin_calls = root / "calls"
        self._bin = root / "bin"
        self._bin.mkdir()
        self.manager("exit 0")

    def manager(self, does: str) -> None:
        """What `acs-plugin-manager` does beside being recorded."""
        program = self._bin / "acs-plugin-manager"
        program.write_text(f'#!/bin/sh\necho "$@" >> {self.plugin_calls}\n{does}\n')
        program.chmod(0o755)

    def run(self, script: str) -> int:
        """Run a script as Cloud Assistant does."""
        here = script.replace("/smc", str(self.smc))
        environment = {"PATH": f"{self._bin}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(["sh", "-c", here], check=False, env=environment, timeout=60)
        return done.returncode

    def imports(self) -> int:
        """Run the import command."""
        code = ActivationCode(access_token_id="at-bp1", code="code")
        return self.run(import_command.import_script("linux", code))


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


def test_a_client_that_the_import_brought_is_ended_and_removed(server: Server) -> None:
    server.manager(f"mkdir -p {server.smc}/go2aliyun_client2.8.7_linux_x86_64")
    assert server.imports() == 0
    assert server.mark.is_file()
    server.manager("exit 1")
    program = server.smc / "go2aliyun_client2.8.7_linux_x86_64" / "go2aliyun_client"
    shutil.copy2(shutil.which("sleep") or "", program)
    with subprocess.Popen([program, "300"]) as client:
        assert server.run(removal_script("linux")) == 0
        assert client.wait(10) < 0
    assert not server.smc.exists()
    calls = server.plugin_calls.read_text().splitlines()
    assert calls[-1] == "--remove --plugin smc-client-plugin"
    # Once more, for a reply that was lost.
    assert server.run(removal_script("linux")) == 0
    assert server.plugin_calls.read_text().splitlines() == calls


def test_a_client_that_does_not_end_by_itself_is_killed(server: Server) -> None:
    server.smc.mkdir()
    server.mark.touch()
    stubborn = server.smc / "go2aliyun_client"
    shutil.copy2(shutil.which("sh") or "", stubborn)
    deaf = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
    with subprocess.Popen([stubborn, "-c", deaf], stdout=subprocess.PIPE) as client:
        assert client.stdout
        assert client.stdout.readline() == b"ready\n"
        assert server.run(removal_script("linux").replace("sleep 1", "sleep 0.01")) == 0
        assert client.wait(10) == -9
    assert not server.smc.exists()


def test_a_client_that_was_there_before_is_kept(server: Server) -> None:
    server.smc.mkdir()
    assert server.imports() == 0
    assert not server.mark.exists()
    calls = server.plugin_calls.read_text()
    assert server.run(removal_script("linux")) == KEPT
    assert server.smc.is_dir()
    assert server.plugin_calls.read_text() == calls


def test_what_a_failed_import_brought_is_ours_too(server: Server) -> None:
    server.manager(f"mkdir -p {server.smc}; exit 3")
    assert server.imports() == 3
    assert server.mark.is_file()


def test_an_import_that_brought_nothing_leaves_no_mark(server: Server) -> None:
    server.manager("exit 3")
    assert server.imports() == 3
    assert not server.smc.exists()
