"""The check scripts: run for real on this Linux in every shell there is, and watched meanwhile."""

import base64
import hashlib
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from smc.drill.evaluation import evaluate
from smc.drill.rules import Severity
from smc.drill.scripts import LARGEST_BYTES, check_script

SHA256 = {
    "linux": "0d7cf31fc6c19d154f2b54ca53d577da368610e770e7c77d7438d2ec70fbcca9",
    "windows": "6fe5f184001c686eed49f5f1c287f7d7bf8c3427c2fc4acb00c191cb9c1ee542",
}
"""What runs as root on users' servers does not change by accident."""

SHELLS = {"dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}

NO_NETWORK = "127.0.0.1:1"

WRITING_COMMANDS = (
    "touch|tee|rm|mv|cp|ln|mkdir|rmdir|mktemp|dd|chmod|chown|truncate|install|mount|umount|sysctl"
    "|modprobe|kill|iptables|nft|ufw|firewall-cmd|setenforce|reboot|service"
)
WRITING_CMDLETS = (
    r"(Set|New-Item|Add|Remove|Clear|Out|Copy|Move|Rename|Start|Stop|Restart|Enable|Disable|Invoke"
    r"|Export|Import|Install|Register)\b-?\w*"
)
CHANGING_CALLS = re.compile(
    r"\b(unlink|rename|mkdir|rmdir|link|symlink|mknod|chmod|fchmod|chown|fchown|lchown|truncate"
    r"|ftruncate|mount|umount2|setxattr|utimensat|init_module|finit_module)(at|at2)?\("
)
OPENED_TO_WRITE = re.compile(
    r'\bopen(?:at)?\((?:[^,]+, )?"(?P<path>[^"]*)", [^)]*O_(?:WRONLY|RDWR|CREAT)'
)
DEVICES = {"/dev/null", "/dev/tty"}


def environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


def run(shell: list[str], service: str, before: tuple[str, ...] = ()) -> str:
    done = subprocess.run(
        [*before, *shell, "/dev/stdin", service],
        input=check_script("linux"),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=environment(),
    )
    assert done.stderr == ""
    return done.stdout


def facts(output: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in output.splitlines())


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest) -> list[str]:
    command = SHELLS[request.param]
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]}")
    return command


@pytest.fixture
def service() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("os_type", SHA256)
def test_a_script_is_the_one_that_was_reviewed_and_fits_into_a_command(os_type: str) -> None:
    script = check_script(os_type).encode("ascii")
    assert hashlib.sha256(script).hexdigest() == SHA256[os_type]
    assert len(base64.b64encode(script)) < LARGEST_BYTES
    assert b"\r" not in script
    # Cloud Assistant takes such braces for parameters of its own.
    assert b"{{" not in script


def test_the_script_tells_what_this_system_is_like(shell: list[str], service: str) -> None:
    output = run(shell, service)
    told = facts(output)
    assert told["complete"] == "yes"
    assert told["architecture"] == os.uname().machine
    assert told["kernel"] == os.uname().release
    assert told["outbound"] == "open"
    assert told["rsync"] == ("present" if shutil.which("rsync") else "missing")
    assert 0 <= int(told["memory_percent"]) <= 100
    assert 0 <= int(told["cpu_percent"]) <= 100
    root = next(v for k, v in (x.split("=", 1) for x in output.splitlines()) if v.endswith("|/"))
    usage = shutil.disk_usage("/")
    assert abs(int(root.split("|")[1]) - 100 * usage.used / (usage.used + usage.free)) < 3
    assert int(told["client_free_kib"]) > 0
    items = {item.name: item for item in evaluate(output, "linux")}
    assert items["connection to the service"].severity is Severity.OK
    assert "check script" not in items


def test_a_service_that_does_not_answer_is_told(shell: list[str]) -> None:
    assert facts(run(shell, NO_NETWORK))["outbound"] == "closed"


def test_the_script_asks_the_real_service_unless_told_otherwise() -> None:
    assert "service=${1:-smc-service.aliyuncs.com:443}" in check_script("linux")


def test_nothing_but_the_base_system_is_needed(tmp_path: Path) -> None:
    """Without any tool but uname the script still ends well, and says what it does not know."""
    uname = shutil.which("uname")
    assert uname is not None
    (tmp_path / "uname").symlink_to(uname)
    # Nothing is searched for in the folders that the script adds.
    script = check_script("linux").replace("PATH=$PATH:/usr/sbin:/sbin", "PATH=$PATH")
    done = subprocess.run(
        ["/bin/sh", "-c", script, "checks", NO_NETWORK],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": str(tmp_path)},
    )
    told = facts(done.stdout)
    assert told["complete"] == "yes"
    assert (told["outbound"], told["client_free_kib"], told["proxy"]) == ("unknown",) * 3
    severities = {i.name: i.severity for i in evaluate(done.stdout, "linux")}
    for name in ("connection to the service", "space for the SMC client", "network proxy"):
        assert severities[name] is Severity.NOT_CHECKED


def test_a_proxys_address_is_not_told(shell: list[str]) -> None:
    done = subprocess.run(
        [*shell, "/dev/stdin", NO_NETWORK],
        input=check_script("linux"),
        capture_output=True,
        text=True,
        check=True,
        env=environment() | {"https_proxy": "http://user:secret@192.0.2.1:3128"},
    )
    assert "environment" in facts(done.stdout)["proxy"]
    assert "secret" not in done.stdout + done.stderr


def changes(trace: str) -> list[str]:
    """Lines of an strace that change something, or open it to do so."""
    found = []
    for line in trace.splitlines():
        opened = OPENED_TO_WRITE.search(line)
        if CHANGING_CALLS.search(line) or (opened and opened["path"] not in DEVICES):
            found.append(line)
    return found


@pytest.mark.skipif(shutil.which("strace") is None, reason="there is no strace")
def test_the_script_changes_nothing_on_the_server(shell: list[str], tmp_path: Path) -> None:
    trace, control = tmp_path / "trace", tmp_path / "control"
    run(shell, NO_NETWORK, ("strace", "-f", "-qq", "-o", str(trace)))
    assert "execve(" in trace.read_text()
    assert changes(trace.read_text()) == []
    subprocess.run(
        ["strace", "-f", "-o", str(control), *shell, "-c", f": >{tmp_path}/x; mkdir {tmp_path}/y"],
        check=True,
    )
    assert len(changes(control.read_text())) == 2


def test_the_shell_script_says_that_it_only_reads() -> None:
    code = [re.sub(r"(^| )#.*", "", line) for line in check_script("linux").splitlines()]
    for line in code:
        assert not re.search(rf"(^|[|&;(]|then|do|else)\s*({WRITING_COMMANDS})\s", line), line
        targets = re.findall(r">\s*(\S+?)[;)]*(?:\s|$)", re.sub(r"-gt|2>&1", "", line))
        assert set(targets) <= {"/dev/null"}, line
        assert "<<" not in line, "a shell may keep such a text in a file"


def test_the_powershell_script_says_that_it_only_reads() -> None:
    """No PowerShell runs here: its text is all that can be looked at."""
    code = "\n".join(line.partition("#")[0] for line in check_script("windows").splitlines())
    assert not re.search(rf"(?<![\w$.'-]){WRITING_CMDLETS}", code.replace("Measure-Object", ""))
    assert ">" not in code
    for opening, closing in ("{}", "()", "[]"):
        assert code.count(opening) == code.count(closing)
