"""Whatever is called in whatever order: statuses move as listed, bills stay explained."""

import tempfile
from pathlib import Path
from typing import Any

from alibabacloud_ecs20140526 import models as sdk
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from Tea.exceptions import TeaException

from emulator.ecs.billing import Bill, bills
from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from tests.support.cloud import running_cloud
from tests.support.ecs_world import REGION, client, ecs_world

PASSES_INTO = {
    "Pending": {"Pending", "Starting", "Running"},
    "Starting": {"Starting", "Running"},
    "Running": {"Running"},
    # A reboot passes through all three of them.
    "Stopping": {"Stopping", "Stopped", "Starting", "Running"},
    "Stopped": {"Stopped"},
}
"""Status -> what it can become while time passes and nobody calls."""

CALLED_INTO = {
    "start": {("Stopped", "Starting")},
    "stop": {("Running", "Stopping")},
    "reboot": {("Running", "Stopping")},
}

NUMBERS = st.integers(min_value=0, max_value=30)


class Ecs(RuleBasedStateMachine):
    """Calls through the official SDK on a small world."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.running = running_cloud(Path(self.folder.name), ecs_world())
        self.cloud = self.running.__enter__()
        self.ecs = client(self.cloud)
        self.allowed: dict[str, set[tuple[str, str]]] = {}
        self.seen = self.statuses()
        self.closed: dict[str, Bill] = {}
        self.billed: set[str] = set()

    def teardown(self) -> None:
        self.running.__exit__(None, None, None)
        self.folder.cleanup()

    def statuses(self) -> dict[str, str]:
        return {i.instance_id: i.status for i in self.cloud.world.table(Instance)}

    def rows(self) -> list[Any]:
        tables = (Instance, Disk, Snapshot, Image)
        return [row for table in tables for row in self.cloud.world.table(table)]

    def call(self, method: str, request: Any) -> None:
        """A call that may be refused; then it has changed nothing."""
        before, status = self.rows(), 200
        try:
            getattr(self.ecs, method)(request)
        except TeaException as error:
            status = error.statusCode
        assert status < 500, f"{method} is a defect"
        if status != 200:
            assert self.rows() == before, f"{method} was refused and changed something"

    def one(self, table: Any, number: int) -> Any:
        rows = list(self.cloud.world.table(table))
        return rows[number % len(rows)]

    @rule(change=st.sampled_from(sorted(CALLED_INTO)), number=NUMBERS)
    def power(self, change: str, number: int) -> None:
        instance_id = self.one(Instance, number).instance_id
        self.allowed[instance_id] = CALLED_INTO[change]
        request = getattr(sdk, f"{change.title()}InstanceRequest")(instance_id=instance_id)
        self.call(f"{change}_instance", request)

    @precondition(lambda self: len(self.cloud.world.table(Instance)) > 2)
    @rule(number=NUMBERS, force=st.booleans())
    def release(self, number: int, force: bool) -> None:
        instance_id = self.one(Instance, number).instance_id
        self.call(
            "delete_instance", sdk.DeleteInstanceRequest(instance_id=instance_id, force=force)
        )

    @rule(amount=st.integers(min_value=1, max_value=2))
    def make(self, amount: int) -> None:
        request = sdk.RunInstancesRequest(
            region_id=REGION, launch_template_id="lt-small", amount=amount
        )
        self.call("run_instances", request)

    @rule(disk=NUMBERS, instance=NUMBERS, attach=st.booleans())
    def move_disk(self, disk: int, instance: int, attach: bool) -> None:
        found = self.one(Disk, disk)
        other = self.one(Instance, instance).instance_id
        if attach:
            request = sdk.AttachDiskRequest(disk_id=found.disk_id, instance_id=other)
            self.call("attach_disk", request)
        else:
            detach = sdk.DetachDiskRequest(
                disk_id=found.disk_id, instance_id=found.instance_id or other
            )
            self.call("detach_disk", detach)

    @precondition(lambda self: len(self.cloud.world.table(Disk)) > 2)
    @rule(disk=NUMBERS)
    def delete_disk(self, disk: int) -> None:
        self.call("delete_disk", sdk.DeleteDiskRequest(disk_id=self.one(Disk, disk).disk_id))

    @rule(disk=NUMBERS)
    def snapshot(self, disk: int) -> None:
        request = sdk.CreateSnapshotRequest(disk_id=self.one(Disk, disk).disk_id)
        self.call("create_snapshot", request)

    @precondition(lambda self: len(self.cloud.world.table(Snapshot)) > 0)
    @rule(number=NUMBERS, delete=st.booleans())
    def use_snapshot(self, number: int, delete: bool) -> None:
        found = self.one(Snapshot, number)
        if delete:
            request = sdk.DeleteSnapshotRequest(snapshot_id=found.snapshot_id)
            self.call("delete_snapshot", request)
        else:
            reset = sdk.ResetDiskRequest(disk_id=found.disk_id, snapshot_id=found.snapshot_id)
            self.call("reset_disk", reset)

    @rule(seconds=st.sampled_from([1, 10, 60, 3600]))
    def wait(self, seconds: int) -> None:
        self.cloud.world.clock.advance(seconds)
        # Whoever looks lets happen what is due.
        self.ecs.describe_regions(sdk.DescribeRegionsRequest())

    @invariant()
    def statuses_move_as_listed(self) -> None:
        now = self.statuses()
        for instance_id, before in self.seen.items():
            after = now.get(instance_id)
            known = after in PASSES_INTO[before] or after is None
            called = (before, after) in self.allowed.get(instance_id, set())
            assert known or called, f"{instance_id}: {before} became {after}"
        self.seen, self.allowed = now, {}

    @invariant()
    def disks_and_instances_belong_together(self) -> None:
        instances = self.cloud.world.table(Instance)
        for disk in self.cloud.world.table(Disk):
            if disk.instance_id:
                instance = instances.get(disk.instance_id)
                assert instance is not None
                assert instance.zone == disk.zone
        for instance in instances:
            disks = self.cloud.world.table(Disk).find(instance_id=instance.instance_id)
            assert len({disk.device for disk in disks}) == len(disks)
            assert sum(disk.type == "system" for disk in disks) <= 1

    @invariant()
    def bills_are_explained_and_closed_ones_stand(self) -> None:
        found = bills(self.cloud.world)
        assert len({bill.key for bill in found}) == len(found)
        for bill in found:
            assert bill.origin, bill
            assert bill.hours >= 0, bill
        there = {bill.resource_id for bill in found if bill.released is None}
        assert {i.instance_id for i in self.cloud.world.table(Instance)} <= there
        assert {d.disk_id for d in self.cloud.world.table(Disk)} <= there
        closed = {bill.key: bill for bill in found if bill.released is not None}
        assert closed.items() >= self.closed.items()
        assert {bill.key for bill in found} >= self.billed, "something is on no bill any more"
        self.closed, self.billed = closed, {bill.key for bill in found}


TestEcs = Ecs.TestCase
TestEcs.settings = settings(
    max_examples=12,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    # Shrinking takes minutes, and 25 calls can be read.
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
