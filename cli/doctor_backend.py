"""What the state of a stack says: is it locked, was an update cut off."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

from cli.backend import Backend, folder_of, last_line, without_passwords
from cli.doctor_lock import examine_lock
from cli.finding import Finding, State

_SHUT_OUT = ("password authentication failed", "get credentials")
"""What a database and a bucket say to somebody without their credentials: to log in to Pulumi would
not help."""


def examine_backend(backend: Backend) -> Generator[Finding, None, dict[str, Any] | None]:
    """Login, stack, lock and pending operations.

    Returns:
        What the state says; None if it cannot be read.
    """
    login = backend.pulumi("whoami", "--json")
    if login.returncode:
        says = without_passwords(last_line(login.stdout))
        shut_out = any(sign in says for sign in _SHUT_OUT)
        mend = "set its credentials: docs/shared-state.md" if shut_out else "pulumi login"
        yield Finding("backend", State.PROBLEM, says, mend)
        return None
    url = str(json.loads(login.stdout)["url"])
    shown = without_passwords(url)
    exported = backend.pulumi("stack", "export", "--stack", backend.stack)
    if exported.returncode:
        says = f"{without_passwords(last_line(exported.stdout))} ({shown})"
        cut_off = _cut_off_attributes(backend, url)
        mend = f"rm {cut_off}" if cut_off else backend.line("stack", "init")
        yield Finding("backend", State.PROBLEM, says, mend)
        return None
    yield Finding("backend", State.OK, shown)
    yield examine_lock(backend, url)
    deployment: dict[str, Any] = json.loads(exported.stdout)["deployment"]
    yield _pending(backend, deployment)
    return deployment


def _cut_off_attributes(backend: Backend, url: str) -> Path | None:
    """The file beside a state in a folder that a killed Pulumi had begun to write.

    It holds nothing that Pulumi needs, but an empty one keeps it from reading the state.
    """
    folder = folder_of(url)
    if folder is None:
        return None
    project = backend.full_name.split("/")[1]
    file = folder / ".pulumi" / "stacks" / project / f"{backend.stack}.json.attrs"
    return file if file.is_file() and not file.read_bytes() else None


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
