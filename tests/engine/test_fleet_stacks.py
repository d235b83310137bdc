"""A fleet of several stacks in one life: together within a quota, one of them failing, resumed."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from cli.fleet.engine import Engine
from cli.fleet.fleet import Fleet, Result
from cli.fleet.fleet_file import fleet_file, read_split
from cli.fleet.plan import FleetPlan, make_plan
from cli.fleet.split import By
from cli.fleet.summary import summary_table, troubles, verdict
from cli.pulumi_stack import PulumiStack
from emulator.identity.tables import Attachment, Policy, Role
from emulator.smc.tables import PlannedFailure, ReplicationJob
from smc.errors import SettingsError
from tests.support.cloud import Cloud, running_cloud
from tests.support.fleet import fleet_servers, fleet_world, instance_id
from tests.support.project import KEY, Project
from tests.support.residue import Baseline
from tests.support.trap import Moment, Trap

QUOTA = 2
SERVERS = 5


class Stacks:
    """The fleet `test` of the program on an emulated cloud."""

    def __init__(self, folder: Path, cloud: Cloud) -> None:
        self.cloud = cloud
        # For its program, home and settings; the fleet's stacks are others.
        self.project = Project(folder, cloud)
        self.settings = self.project.settings
        self.folder = self.project.program
        self.pulumi: PulumiStack = self.project.stack
        self.shown = io.StringIO()
        self.console = Console(file=self.shown, width=110)

    def fleet(self, parallel: int = 2) -> Fleet:
        """The fleet, as a new process of the command line finds it."""
        return Fleet(self.folder, "test", self.pulumi, parallel, self.console)

    def plan(self) -> FleetPlan:
        file = self.folder / "Pulumi.test.yaml"
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        content["config"] = {KEY: self.settings}
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        return make_plan(self.folder, "test", By.SIZE, 2)

    def resources(self) -> dict[str, int]:
        return Engine(self.folder, self.pulumi).resources()


def endings(result: Result) -> dict[str, str]:
    return {name: str(outcome.ending) for name, outcome in result.outcomes.items()}


def migrated(result: Result) -> dict[str, int | None]:
    return {name: outcome.migrated for name, outcome in result.outcomes.items()}


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    with running_cloud(tmp_path, fleet_world(SERVERS)) as running:
        yield running


def test_three_stacks_of_one_account(tmp_path: Path, cloud: Cloud) -> None:
    # Time passes with calls only, so that starts of one stack come between the looks of the other.
    trap = Trap(cloud.world, seconds_a_call=60.0)
    cloud.server.gateway.ledger = trap
    jobs = cloud.world.table(ReplicationJob)
    ran: list[int] = []

    def count(moment: Moment) -> None:
        if moment.action == "smc:StartReplicationJob":
            ran.append(sum(job.status == "Running" for job in jobs))

    baseline = Baseline.of(cloud.world)
    access = [len(list(cloud.world.table(each))) for each in (Role, Policy, Attachment)]
    stacks = Stacks(tmp_path, cloud)
    stacks.settings["servers"] = fleet_servers(SERVERS)
    stacks.settings["runningQuota"] = QUOTA
    cloud.world.table(PlannedFailure).put(
        PlannedFailure(
            subject=instance_id("node-003"), at_percent=40, code="S1", message="Rsync not found."
        )
    )

    # Cancelled, it begins no other stack; what was started goes on.
    fleet = stacks.fleet(parallel=1)
    trap.set(Moment("smc:StartReplicationJob"), fleet.cancel)
    cancelled = fleet.up(stacks.plan())
    assert list(endings(cancelled).values()) == ["done", "cancelled", "cancelled", "cancelled"]
    assert stacks.resources().keys() == {"test", "test-access", "test-1"}

    # One server fails: all others are migrated, of whatever stack, within one quota.
    trap.watch(count)
    first = stacks.fleet().up(stacks.plan())
    assert endings(first) == {
        "test-access": "done",
        "test-1": "done",
        "test-2": "failed",
        "test-3": "done",
    }, stacks.shown.getvalue()
    assert migrated(first) == {"test-access": None, "test-1": 2, "test-2": 1, "test-3": 1}
    assert cloud.counts["smc:StartReplicationJob"] == SERVERS
    assert max(ran) <= QUOTA
    told = "\n".join(troubles(first.outcomes))
    assert told.startswith("test-2:\n  node-003: migration ended as InError at 40 %")
    assert "Fix: install rsync" in told
    assert "Traceback" not in told
    assert "3 of 4 stacks done; not test-2" in verdict(first.outcomes, "`up`")
    stacks.console.print(summary_table(first.outcomes, "up", first.seconds))
    assert "test-2: failed after" in stacks.shown.getvalue()

    # Without the file that says who is where, nobody moves either.
    file = fleet_file(stacks.folder, "test")
    kept = file.read_text(encoding="utf-8")
    file.unlink()
    del stacks.settings["servers"]["node-000"]
    with pytest.raises(SettingsError) as lost:
        stacks.fleet().up(stacks.plan())
    assert [f"{problem.path}: {problem.message}" for problem in lost.value.problems] == [
        "Pulumi.test.fleet.yaml stacks: stack test-3 has resources and is not in it.",
        "servers.node-002: node-002 is in stack test-2, as SMC has it, and would go to test-1.",
        "servers.node-004: node-004 is in stack test-3, as SMC has it, and would go to test-2.",
    ]
    file.write_text(kept, encoding="utf-8")
    stacks.settings["servers"] = fleet_servers(SERVERS)

    # Again, it goes on with what is missing. Nobody is in the third stack any more.
    del stacks.settings["servers"]["node-004"]
    second = stacks.fleet().up(stacks.plan())
    assert endings(second) == dict.fromkeys(first.outcomes, "done"), stacks.shown.getvalue()
    assert cloud.counts["smc:StartReplicationJob"] == SERVERS + 1
    assert migrated(second) == {"test-access": None, "test-1": 2, "test-2": 2, "test-3": None}
    assert second.outcomes["test-1"].changes.keys() <= {"same"}
    split = read_split(file)
    assert split is not None
    assert list(split.stacks) == ["test-1", "test-2"]
    assert stacks.resources().keys() == {"test", "test-access", "test-1", "test-2"}

    gone = stacks.fleet().destroy(remove=True)
    assert endings(gone) == dict.fromkeys(["test-1", "test-2", "test-access"], "done")
    assert baseline.left(cloud.world) == set()
    assert access == [len(list(cloud.world.table(each))) for each in (Role, Policy, Attachment)]
    assert stacks.resources().keys() == {"test"}
    assert [file.name for file in stacks.folder.glob("Pulumi.*.yaml")] == ["Pulumi.test.yaml"]
