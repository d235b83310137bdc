"""Who holds the lock of a stack, and whether that update still runs.

Backends that Pulumi writes to itself keep a lock as an object beside the state. One in a folder is
read. Any other backend has a protocol and credentials of its own, which only Pulumi knows how to
use, so Pulumi is asked.
"""

import json
import os
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from cli.backend import Backend, folder_of, last_line, without_passwords
from cli.finding import Finding, State

_SELF_MANAGED = frozenset({"azblob", "gs", "postgres", "s3"})
"""Schemes of the backends, beside a folder, that have locks of this kind."""

_HELD = re.compile(
    r"created by (?P<username>.+)@(?P<hostname>[^@\s]+) \(pid (?P<process>\d+)\) at (?P<since>\S+)"
)
"""How Pulumi tells of a lock."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The update that a lock is of.

    Attributes:
        username: who runs it.
        hostname: where.
        process: id of its process there.
        since: when it took the lock, in ISO 8601.
    """

    username: str
    hostname: str
    process: int
    since: str

    def __str__(self) -> str:
        since = datetime.fromisoformat(self.since).astimezone(UTC)
        return (
            f"{self.username}@{self.hostname}, process {self.process},"
            f" since {since:%Y-%m-%dT%H:%M:%S} UTC"
        )


def examine_lock(backend: Backend, url: str) -> Finding:
    """The lock of a stack that exists, in the backend of this URL."""
    folder = folder_of(url)
    if folder is not None:
        return _judged(backend, _read(folder / ".pulumi" / "locks" / backend.full_name))
    if urlsplit(url).scheme in _SELF_MANAGED:
        return _asked(backend)
    says = "this backend does not show its locks; `pulumi up` says whether there is one."
    return Finding("lock", State.UNKNOWN, says)


def _read(locks: Path) -> list[Holder]:
    """The locks in a folder."""
    held = (json.loads(file.read_text(encoding="utf-8")) for file in sorted(locks.glob("*.json")))
    return [
        Holder(each["username"], each["hostname"], int(each["pid"]), each["timestamp"])
        for each in held
    ]


def _asked(backend: Backend) -> Finding:
    """Let Pulumi look: only what wants the lock is told who has it.

    A stack cannot be given its own name. Pulumi finds that out when it has the lock, gives it back
    and changes nothing, also if the stack has gone in the meantime. An update that begins in just
    this moment is refused as if another one ran.
    """
    said = backend.pulumi("stack", "rename", backend.stack, "--stack", backend.stack).stdout
    holders = [
        Holder(held["username"], held["hostname"], int(held["process"]), held["since"])
        for held in _HELD.finditer(said)
    ]
    if holders or "already exists" in said:
        return _judged(backend, holders)
    return Finding("lock", State.UNKNOWN, without_passwords(last_line(said)))


def _judged(backend: Backend, holders: list[Holder]) -> Finding:
    if not holders:
        return Finding("lock", State.OK, "none")
    holder, mend = holders[0], backend.line("cancel", "--yes")
    if holder.hostname != socket.gethostname():
        says = f"held by {holder}; whether that still runs cannot be seen from here."
        return Finding("lock", State.UNKNOWN, says, mend)
    if _is_pulumi(holder.process):
        return Finding("lock", State.OK, f"an update runs now: {holder}.")
    says = f"stale: held by {holder}, which does not run any more."
    return Finding("lock", State.PROBLEM, says, mend)


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
