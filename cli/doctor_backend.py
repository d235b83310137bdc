"""What the state of a stack says: is it locked, was an update cut off."""

import json
import os
import socket
import subprocess
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from cli.finding import Finding, State

Pulumi = Callable[..., "subprocess.CompletedProcess[str]"]
"""Runs `pulumi` with these arguments and returns its output."""


@dataclass(frozen=True, slots=True)
class Backend:
    """A stack as Pulumi knows it.

    Attributes:
        pulumi: runs Pulumi.
        stack: name of the stack.
        full_name: `organization/project/stack`.
        command: how a user calls Pulumi for this stack, such as `pulumi`.
    """

    pulumi: Pulumi
    stack: str
    full_name: str
    command: str

    def line(self, *arguments: str) -> str:
        """A command for the user."""
        return " ".join((self.command, *arguments, "--stack", self.stack))


def examine_backend(backend: Backend) -> Generator[Finding, None, dict[str, Any] | None]:
    """Login, stack, lock and pending operations.

    Returns:
        What the state says; None if it cannot be read.
    """
    login = backend.pulumi("whoami", "--json")
    if login.returncode:
        yield Finding("backend", State.PROBLEM, _last_line(login.stdout), "pulumi login")
        return None
    url = str(json.loads(login.stdout)["url"])
    exported = backend.pulumi("stack", "export", "--stack", backend.stack)
    if exported.returncode:
        says = f"{_last_line(exported.stdout)} ({url})"
        cut_off = _cut_off_attributes(backend, url)
        mend = f"rm {cut_off}" if cut_off else backend.line("stack", "init")
        yield Finding("backend", State.PROBLEM, says, mend)
        return None
    yield Finding("backend", State.OK, url)
    yield _lock(backend, url)
    deployment: dict[str, Any] = json.loads(exported.stdout)["deployment"]
    yield _pending(backend, deployment)
    return deployment


def _cut_off_attributes(backend: Backend, url: str) -> Path | None:
    """The file beside a state in a folder that a killed Pulumi had begun to write.

    It holds nothing that Pulumi needs, but an empty one keeps it from reading the state.
    """
    folder = _folder(url)
    if folder is None:
        return None
    project = backend.full_name.split("/")[1]
    file = folder / ".pulumi" / "stacks" / project / f"{backend.stack}.json.attrs"
    return file if file.is_file() and not file.read_bytes() else None


def _folder(url: str) -> Path | None:
    address = urlsplit(url)
    return Path(unquote(address.path)) if address.scheme == "file" else None


def _lock(backend: Backend, url: str) -> Finding:
    folder = _folder(url)
    if folder is None:
        says = "only a folder shows its locks; `pulumi up` says whether this backend has one."
        return Finding("lock", State.UNKNOWN, says)
    locks = folder / ".pulumi" / "locks" / backend.full_name
    for file in sorted(locks.glob("*.json")):
        held = json.loads(file.read_text(encoding="utf-8"))
        holder = f"{held['username']}@{held['hostname']}, process {held['pid']}"
        since = f"since {held['timestamp'][:19]} UTC"
        if held["hostname"] != socket.gethostname():
            says = f"held by {holder}, {since}; whether that still runs cannot be seen from here."
            return Finding("lock", State.UNKNOWN, says, backend.line("cancel", "--yes"))
        if _is_pulumi(int(held["pid"])):
            return Finding("lock", State.OK, f"an update runs now: {holder}, {since}.")
        says = f"stale: held by {holder}, {since}, which does not run any more."
        return Finding("lock", State.PROBLEM, says, backend.line("cancel", "--yes"))
    return Finding("lock", State.OK, "none")


def _is_pulumi(process: int) -> bool:
    """Whether a process of this machine runs and is Pulumi; numbers are used again."""
    try:
        os.kill(process, 0)
        name = Path(f"/proc/{process}/comm").read_text(encoding="utf-8").strip()
    except ProcessLookupError:
        return False
    except OSError:
        # It runs, and there is no /proc to ask for its name.
        return True
    return name.startswith("pulumi")


def _pending(backend: Backend, deployment: dict[str, Any]) -> Finding:
    pending = deployment.get("pending_operations") or []
    if not pending:
        return Finding("pending operations", State.OK, "none")
    listed = ", ".join(f"{o['type']} {o['resource']['urn'].rpartition('::')[2]}" for o in pending)
    return Finding(
        "pending operations",
        State.PROBLEM,
        f"an update was cut off while {listed}. What it made carries the stack's marks, and"
        " `pulumi up` finds it again.",
        backend.line("refresh", "--yes", "--clear-pending-creates"),
    )


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it said nothing"])[-1]
