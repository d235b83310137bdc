"""Stacks whose state several people share: a database, and an S3-compatible object store.

Both servers are real ones on loopback. Two folders with nothing in common but the stack file and
the backend stand for two machines.
"""

import os
import pwd
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import CompletedProcess

import psutil
import pytest

from cli.backend import Backend
from cli.doctor import examine
from cli.doctor_backend import examine_backend
from cli.finding import Finding, State
from tests.crash.interruption import interrupted
from tests.crash.victims import Processes, Victim
from tests.support.cloud import Cloud
from tests.support.object_store import running_object_store
from tests.support.postgresql import running_postgresql
from tests.support.project import Outcome, Project
from tests.support.residue import Baseline
from tests.support.shared_backend import SharedBackend
from tests.support.trap import Moment, Trap

BACKENDS = {"postgresql": running_postgresql, "object-store": running_object_store}
FULL_NAME = "organization/smc-migration/test"


@pytest.fixture(params=BACKENDS)
def shared(request: pytest.FixtureRequest) -> Iterator[SharedBackend]:
    with BACKENDS[request.param]() as running:
        yield running


@pytest.fixture
def trap(cloud: Cloud) -> Trap:
    """Time passes with calls only."""
    trap = Trap(cloud.world, seconds_a_call=600.0)
    cloud.server.gateway.ledger = trap
    return trap


@pytest.fixture
def anna(tmp_path: Path, cloud: Cloud, shared: SharedBackend) -> Project:
    return Project(_folder(tmp_path / "anna"), cloud, **shared.variables())


@pytest.fixture
def ben(tmp_path: Path, anna: Project) -> Project:
    return anna.elsewhere(_folder(tmp_path / "ben"))


@dataclass
class Seen:
    """What was there while an update of somebody else ran."""

    lock: list[Finding] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)
    arguments: list[str] = field(default_factory=list)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def lock_of(project: Project) -> Finding:
    """What the doctor says of the lock; it asks nobody but Pulumi."""

    def pulumi(*arguments: str) -> CompletedProcess[str]:
        return project.stack.run(*arguments, "--non-interactive", quiet=True)

    findings = examine_backend(Backend(pulumi, "test", FULL_NAME, "python -m cli pulumi"))
    return {finding.check: finding for finding in findings}["lock"]


def found(project: Project) -> dict[str, Finding]:
    findings = examine(project.program, "test", "organization", project.stack)
    return {finding.check: finding for finding in findings}


def holder(processes: Processes) -> tuple[str, str, int]:
    """Whom a lock of this command names."""
    name = pwd.getpwuid(os.getuid()).pw_name
    return name, socket.gethostname(), processes.command.pid


def arguments_of(processes: Processes) -> list[str]:
    """What everybody on this machine can read of a command and of whatever it started."""
    command = psutil.Process(processes.command.pid)
    words: list[str] = []
    for each in (command, *command.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            words += each.cmdline()
    return words


def kept(project: Project) -> Iterator[str]:
    """What Pulumi has written in a folder, the program and what was linked there left out."""
    for file in project.stack.home.parent.rglob("*"):
        if file.is_file() and not file.is_symlink():
            yield file.read_text(errors="replace")


def assert_clean(outcome: Outcome) -> None:
    assert outcome.code == 0, outcome.text
    assert "Traceback" not in outcome.text


def test_two_people_share_a_stack(
    shared: SharedBackend, anna: Project, ben: Project, cloud: Cloud, trap: Trap
) -> None:
    before = Baseline.of(cloud.world)
    assert lock_of(ben) == Finding("lock", State.OK, "none")

    # While Anna's update runs, Ben's is refused and changes nothing.
    seen = Seen()

    def meanwhile(processes: Processes) -> None:
        seen.arguments += arguments_of(processes)
        seen.refused.append(ben.up())
        seen.lock.append(lock_of(ben))

    start = Moment("smc:StartReplicationJob")
    processes, done = interrupted(anna, trap, start, meanwhile)
    assert_clean(done)
    name, host, process = holder(processes)
    (refused,), (lock,) = seen.refused, seen.lock
    assert "up" in seen.arguments
    assert refused.code > 0
    assert "the stack is currently locked by 1 lock(s)" in refused.text
    assert f": created by {name}@{host} (pid {process}) at " in refused.text
    assert lock.state is State.OK
    assert lock.says.startswith(f"an update runs now: {name}@{host}, process {process}, since ")
    jobs = [trap.counts()[f"smc:{action}ReplicationJob"] for action in ("Create", "Start")]
    assert jobs == [2, 2]
    assert_clean(ben.preview("--expect-no-changes"))

    # Ben's destroy is killed, and Anna ends it.
    def kill(processes: Processes) -> None:
        processes.strike(Victim.CLI)

    first_delete = Moment("smc:DeleteReplicationJob")
    processes, _ = interrupted(ben, trap, first_delete, kill, command="destroy")
    assert processes.end_what_is_left()
    stale = found(anna)["lock"]
    name, host, process = holder(processes)
    assert stale.state is State.PROBLEM
    assert stale.says.startswith(f"stale: held by {name}@{host}, process {process}, since ")
    assert stale.mend == "python -m cli pulumi cancel --yes --stack test"
    assert_clean(anna.pulumi(*stale.mend.split()[4:]))
    assert lock_of(anna) == Finding("lock", State.OK, "none")
    destroyed = anna.destroy()
    assert_clean(destroyed)
    assert anna.state() == []
    assert before.left(cloud.world) == set()

    said = [done.text, refused.text, destroyed.text, *seen.arguments, *kept(anna), *kept(ben)]
    assert not [text for text in said if shared.secret in text]


def test_a_database_that_does_not_let_us_in(cloud: Cloud, tmp_path: Path) -> None:
    with running_postgresql() as shared:
        anna = Project(_folder(tmp_path / "anna"), cloud, **shared.variables())
        address = shared.url.replace("@", ":not-the-password@")
        anna.stack.extra_environment.pop("PGPASSWORD")
        anna.stack.extra_environment["PULUMI_BACKEND_URL"] = address
        backend = found(anna)["backend"]
    assert "password authentication failed" in backend.says
    assert "not-the-password" not in backend.says
    assert backend.mend == "set its credentials: docs/shared-state.md"
