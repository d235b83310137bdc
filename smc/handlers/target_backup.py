"""Snapshots of a target instance's disks before a rehearsal, and the way back to them.

The snapshots carry tags with stack, server and instance, by which they are found again after a
crash, and end by themselves after a week: what nobody brought back must not be billed for ever, and
must not be deleted on a guess either, for it is all that is left of the instance. They are marked
when that becomes so, and deleted when a migration of its own has replaced the instance for good.

UNCERTAIN: ResetDisk takes only snapshots of the disk as it is. If SMC gives the instance another
system disk, which no page tells, there is no way back through it, and this says so.
Source: the seed's step 3 ("migration drill": snapshots of all disks, rolled back after an error or
a drill alone); ECS 2014-05-26 CreateSnapshot, ResetDisk.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from smc.api.instances import describe_disks, describe_instances
from smc.api.power import start_instance, stop_instance
from smc.api.snapshots import create_snapshot, delete_snapshot, describe_snapshots, reset_disk
from smc.api.tags import tag_snapshots
from smc.clients import Clients
from smc.errors import ApiError, MigrationError, WaitError
from smc.handlers.context import Context
from smc.handlers.transition import TEMPORARY_DISK_NAME
from smc.models import Disk, Snapshot
from smc.ownership import (
    BACKUP_NEEDED_TAG,
    BACKUP_STATUS_TAG,
    BACKUP_TAG,
    SERVER_TAG,
    stack_tags,
)
from smc.waiters import Pace, rounds

RETENTION_DAYS = 7
RUNNING, STOPPED = "Running", "Stopped"
SETTLED_DISK = frozenset({"In_use", "Available"})
RESETTING = "ReIniting"
IN_BETWEEN = "IncorrectInstanceStatus"
"""Answer to a start or stop that a call has begun already whose answer was lost. Whether it ends as
wanted is waited for in any case."""


@dataclass(frozen=True, slots=True)
class Target:
    """An instance that a rehearsal replaces, and everything needed to bring it back.

    Args:
        clients: of the destination side.
        stack: see `smc.ownership`.
        server: name of the server that is rehearsed.
        region: of the instance.
        instance_id: the instance, acknowledged.
        pace: of the waits for ECS.
        context: time and progress.
    """

    clients: Clients
    stack: str
    server: str
    region: str
    instance_id: str
    pace: Pace
    context: Context

    def backups(self) -> list[Snapshot]:
        """The snapshots of an earlier `back_up` that nobody came back to."""
        return describe_snapshots(self.clients, self.region, self._tags())

    def back_up(self) -> None:
        """Make a snapshot of every disk, and wait until they are complete.

        Raises:
            MigrationError: the instance is gone, neither running nor stopped, or ECS refuses.
        """
        status = self._status()
        if status not in {RUNNING, STOPPED}:
            raise MigrationError(
                f"{self.instance_id} is {status or 'gone'}; snapshots of its disks can be made"
                " while it is Running or Stopped."
            )
        for disk in self._disks():
            create_snapshot(
                self.clients,
                self.region,
                disk.disk_id,
                name=f"before-rehearsal-{self.server}"[:128],
                tags=self._tags() | {BACKUP_STATUS_TAG: status},
                retention_days=RETENTION_DAYS,
                client_token=f"smc-{uuid4().hex}",
            )
        self._await_snapshots()

    def expect_change(self) -> None:
        """Mark the snapshots as needed: from now on the instance may be another."""
        self._mark(self.backups(), "yes")

    def restore(self) -> None:
        """Undo an earlier `back_up` that nobody came back to.

        Raises:
            MigrationError: as `roll_back`.
        """
        backups = self.backups()
        if any(is_needed(each) for each in backups):
            self.roll_back()
        else:
            self.discard()

    def roll_back(self) -> None:
        """Bring every disk back, start the instance if it ran before, delete the snapshots.

        Raises:
            MigrationError: a disk was replaced, something does not end in time, or ECS refuses; the
                snapshots stay.
        """
        backups = self._await_snapshots()
        attached = {disk.disk_id for disk in self._disks()}
        replaced = [each for each in backups if each.disk_id not in attached]
        if replaced:
            listed = ", ".join(f"{each.snapshot_id} of {each.disk_id}" for each in replaced)
            raise MigrationError(
                f"{self.instance_id} has other disks now, and a snapshot goes back to its own disk"
                f" only: {listed}. Fix: make an image of it and give the instance that as its"
                f" system disk; the snapshots are kept for {RETENTION_DAYS} days."
            )
        if not backups:
            raise MigrationError(f"there is no snapshot of {self.instance_id} to go back to.")
        if self._status() != STOPPED:
            self._until("it has stopped", self._is_stopping_or_stopped)
        # A run that was killed here may have begun already.
        self._until("its disks can be brought back", self._disks_are_settled)
        for each in backups:
            self._reset(each)
        self._until("its disks are back", self._disks_are_settled)
        if any(each.tags.get(BACKUP_STATUS_TAG) == RUNNING for each in backups):
            with suppressed(IN_BETWEEN):
                start_instance(self.clients, self.region, self.instance_id)
            self._until("it runs again", lambda: self._status() == RUNNING)
        self.discard()

    def discard(self) -> None:
        """Delete the snapshots: what they hold is not needed any more."""
        backups = self.backups()
        # A run that is killed here leaves some: nobody may come back to those, with part of the
        # disks, and lose what was written since.
        self._mark([each for each in backups if is_needed(each)], "no")
        for each in backups:
            delete_snapshot(self.clients, self.region, each.snapshot_id)

    def _mark(self, backups: Sequence[Snapshot], needed: str) -> None:
        ids = [each.snapshot_id for each in backups]
        tag_snapshots(self.clients, self.region, ids, {BACKUP_NEEDED_TAG: needed})

    def _tags(self) -> dict[str, str]:
        return stack_tags(self.stack) | {SERVER_TAG: self.server, BACKUP_TAG: self.instance_id}

    def _status(self) -> str:
        found = describe_instances(self.clients, self.region, [self.instance_id])
        return found[0].status if found else ""

    def _disks(self) -> Sequence[Disk]:
        disks = describe_disks(self.clients, self.region, self.instance_id)
        return [disk for disk in disks if disk.name != TEMPORARY_DISK_NAME]

    def _reset(self, backup: Snapshot) -> None:
        """Begin to bring a disk back; fine if a call whose answer was lost has begun it."""
        try:
            reset_disk(self.clients, self.region, backup.disk_id, backup.snapshot_id)
        except ApiError as error:
            statuses = {disk.disk_id: disk.status for disk in self._disks()}
            if error.code != "IncorrectDiskStatus" or statuses.get(backup.disk_id) != RESETTING:
                raise

    def _is_stopping_or_stopped(self) -> bool:
        """Stop it as soon as it can be: SMC may have left it starting."""
        status = self._status()
        if status == RUNNING:
            with suppressed(IN_BETWEEN):
                stop_instance(self.clients, self.region, self.instance_id)
        return status == STOPPED

    def _disks_are_settled(self) -> bool:
        return all(disk.status in SETTLED_DISK for disk in self._disks())

    def _await_snapshots(self) -> list[Snapshot]:
        found: list[Snapshot] = []

        def complete() -> bool:
            found[:] = self.backups()
            failed = [each.snapshot_id for each in found if each.status == "failed"]
            if failed:
                raise MigrationError(f"snapshots of {self.instance_id} failed: {failed}.")
            return all(each.is_complete for each in found)

        self._until("its snapshots are complete", complete)
        return found

    def _until(self, what: str, reached: Callable[[], bool]) -> None:
        for _ in rounds(self.pace, self.context.clock):
            if reached():
                return
            self.context.progress(f"{self.server}: waiting for {self.instance_id} until {what}")
        minutes = self.pace.deadline_seconds / 60
        raise WaitError(f"{self.instance_id}: after {minutes:.0f} minutes not yet so that {what}.")


@contextmanager
def suppressed(code: str) -> Iterator[None]:
    """Do without what the API refuses with this code."""
    try:
        yield
    except ApiError as error:
        if error.code != code:
            raise


def is_needed(backup: Snapshot) -> bool:
    """Whether a snapshot may be the only way back to the instance as it was."""
    return backup.tags.get(BACKUP_NEEDED_TAG) == "yes"


def discard_backups(clients: Clients, stack: str, region: str, instance_id: str) -> None:
    """Delete the snapshots of an instance: it is meant to be what it has become."""
    tags = stack_tags(stack) | {BACKUP_TAG: instance_id}
    for each in describe_snapshots(clients, region, tags):
        delete_snapshot(clients, region, each.snapshot_id)
