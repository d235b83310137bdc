"""Scenario 5: a call is carried out and its answer is lost, or cut short: one object each.

For every call of ours that changes something, as the code has them; a new one without a case here
fails.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from emulator.ecs.assistant_tables import Invocation
from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from emulator.smc.tables import AccessToken, ReplicationJob, SourceServer
from smc.drill.rules import Severity
from smc.handlers import rehearsal, smoke_test_run
from smc.ownership import SMOKE_TEST_TAG, stack_tags
from tests.handlers.test_smoke_tests import inputs as inputs_of_smoke_tests
from tests.handlers.test_smoke_tests import of_image
from tests.support.cloud import DESTINATION
from tests.support.engine_model import Stack, UpdateError
from tests.support.faults import arm
from tests.support.migration import STACK, Migrator
from tests.support.residue import Baseline
from tools.called_actions import called_actions

READING = ("Describe", "List", "Get")
TARGET = "i-target0files"
ROOT = Path(__file__).parents[2]


@dataclass(slots=True)
class Weather:
    """Lets the next call of an action be carried out without its answer."""

    stack: Stack
    action: str
    kind: str

    def turn(self) -> None:
        """Arm the fault."""
        service, _, action = self.action.partition(":")
        arm(self.stack.cloud, self.kind, action, service=service)

    def has_struck(self) -> bool:
        """Whether the call was made, and that the answer was missed."""
        faults = self.stack.cloud.server.gateway.faults.listed()
        return not faults and self.action in self.stack.cloud.counts


def rows(stack: Stack, table: type[Any]) -> list[Any]:
    stack.cloud.world.settle()
    return list(stack.cloud.world.table(table))


def images(stack: Stack) -> list[str]:
    return [image.name for image in rows(stack, Image) if image.account_id == DESTINATION]


def migrated_and_destroyed(weather: Weather) -> None:
    """From nothing to an image and back."""
    stack = weather.stack
    weather.turn()
    stack.up()
    assert stack.failures == {}
    assert [source.name for source in rows(stack, SourceServer)] == ["web-1"]
    assert [job.name for job in rows(stack, ReplicationJob)] == ["web-1"]
    assert [command.instance_ids for command in rows(stack, Invocation)] == [["i-source0web1"]]
    assert rows(stack, AccessToken) == []
    assert images(stack) == ["web-1-image"]
    assert stack.preview() == []
    stack.destroy()


def destroyed_while_it_runs(weather: Weather) -> None:
    """Cancelled while it transfers data, then taken back."""
    stack = weather.stack
    with pytest.raises(UpdateError, match="cancelled"):
        stack.up(cancel_at_sleep=24)
    assert [job.business_status for job in rows(stack, ReplicationJob)] == ["Syncing"]
    weather.turn()
    stack.destroy()


def changed(weather: Weather) -> None:
    """A job that waits gets another description and loses a tag."""
    stack = weather.stack
    server = stack.servers["web-1"]
    server |= {"execution": "createOnly", "tags": {"team": "a", "cost": "b"}}
    stack.up()
    weather.turn()
    server |= {"description": "changed", "tags": {"team": "a"}}
    stack.up()
    (job,) = rows(stack, ReplicationJob)
    assert (job.description, job.tags.get("team"), job.tags.get("cost")) == ("changed", "a", None)
    assert stack.preview() == []
    stack.destroy()


def cut_over(weather: Weather) -> None:
    """An incremental job is ended."""
    stack = weather.stack
    server = stack.servers["web-1"]
    server["synchronization"] = {"everyHours": 12, "keepImages": 1}
    stack.up()
    assert [job.status for job in rows(stack, ReplicationJob)] == ["Waiting"]
    weather.turn()
    server["synchronization"] |= {"cutover": "now"}
    stack.up()
    assert [job.status for job in rows(stack, ReplicationJob)] == ["Finished"]
    assert stack.preview() == []
    stack.destroy()


def left_by_smc(weather: Weather) -> None:
    """What SMC forgot to release goes with the guard."""
    stack = weather.stack
    world = stack.cloud.world
    acknowledged = {"instance": TARGET, "acknowledge": TARGET}
    stack.servers["web-1"] |= {"execution": "createOnly", "target": acknowledged}
    stack.up()
    target = world.table(Instance).get(TARGET)
    assert target is not None
    name = "No_Delete_SMC_Transition_Instance"
    (system,) = world.table(Disk).find(instance_id=TARGET)
    with world.transaction():
        world.table(Instance).put(
            replace(target, instance_id="i-left", name=name, tags=stack_tags(STACK))
        )
        world.table(Disk).put(replace(system, disk_id="d-left", name="SMC_Temp_Disk", type="data"))
    weather.turn()
    stack.destroy()


def rehearsed_to_an_image(weather: Weather) -> None:
    """The throwaway image is deleted, with its snapshots."""
    migrator = Migrator(weather.stack.cloud, weather.stack.time)
    world = weather.stack.cloud.world
    source_id = migrator.imported({"web-1": {"name": "web-1"}})["sources"]["web-1"]["source_id"]

    def give_a_snapshot(_: str) -> None:
        """The emulator's images have no snapshots of their own."""
        for image in world.table(Image).find(account_id=DESTINATION):
            if not image.snapshot_ids:
                snapshot = replace(next(iter(rows(weather.stack, Snapshot))), snapshot_id="s-image")
                with world.transaction():
                    world.table(Snapshot).put(snapshot)
                    world.table(Image).put(replace(image, snapshot_ids=["s-image"]))

    context = replace(migrator.context, progress=give_a_snapshot)
    weather.turn()
    outcome = rehearsal.rehearse({"web-1": migrator.job_inputs("web-1", source_id)}, [], 9, context)
    assert outcome["web-1"].item.severity is Severity.OK
    assert images(weather.stack) == []
    weather.stack.up()
    weather.stack.destroy()


def rehearsed_to_an_instance(weather: Weather) -> None:
    """The target is brought back to what it was."""
    migrator = Migrator(weather.stack.cloud, weather.stack.time)
    source_id = migrator.imported({"web-1": {"name": "web-1"}})["sources"]["web-1"]["source_id"]
    before = contents(weather.stack)
    weather.turn()
    inputs = migrator.job_inputs("web-1", source_id, image_name="", instance_id=TARGET)
    outcome = rehearsal.rehearse({"web-1": inputs}, ["web-1"], 9, migrator.context)
    assert outcome["web-1"].item.finding == "has succeeded"
    assert contents(weather.stack) == before
    weather.stack.up()
    weather.stack.destroy()


def contents(stack: Stack) -> dict[str, Any]:
    """Of the target: its system, and what is on its disks."""
    disks = [disk for disk in rows(stack, Disk) if disk.instance_id == TARGET]
    (instance,) = [each for each in rows(stack, Instance) if each.instance_id == TARGET]
    return {instance.os_name: instance.status} | {disk.disk_id: disk.used_gib for disk in disks}


def smoke_tested(weather: Weather) -> None:
    """The image is tried on an instance of its own, which is released."""
    stack = weather.stack
    stack.up()
    migrator = Migrator(stack.cloud, stack.time)
    image_id = stack.state["wave"].outputs["results"]["web-1"]["image_id"]
    made: list[str] = []

    def look(_: str) -> None:
        made.extend(row.instance_id for row in rows(stack, Instance) if SMOKE_TEST_TAG in row.tags)

    weather.turn()
    tested = smoke_test_run.run(
        inputs_of_smoke_tests(migrator, web_1=of_image(image_id=image_id)),
        {},
        replace(migrator.context, progress=look),
    )
    assert tested["failures"] == {}
    assert len(set(made)) == 1
    stack.destroy()


CASES: dict[str, Callable[[Weather], None]] = {
    "ecs:CreateSnapshot": rehearsed_to_an_instance,
    "ecs:DeleteDisk": left_by_smc,
    "ecs:DeleteImage": rehearsed_to_an_image,
    "ecs:DeleteInstance": left_by_smc,
    "ecs:DeleteSnapshot": rehearsed_to_an_image,
    "ecs:DetachDisk": left_by_smc,
    "ecs:ResetDisk": rehearsed_to_an_instance,
    "ecs:RunInstances": smoke_tested,
    "ecs:RunCommand": migrated_and_destroyed,
    "ecs:StartInstance": rehearsed_to_an_instance,
    "ecs:StopInstance": rehearsed_to_an_instance,
    "ecs:TagResources": migrated_and_destroyed,
    "smc:CreateAccessToken": migrated_and_destroyed,
    "smc:CreateReplicationJob": migrated_and_destroyed,
    "smc:CutOverReplicationJob": cut_over,
    "smc:DeleteAccessToken": migrated_and_destroyed,
    "smc:DeleteReplicationJob": migrated_and_destroyed,
    "smc:DeleteSourceServer": migrated_and_destroyed,
    "smc:DisableAccessToken": migrated_and_destroyed,
    "smc:ModifyReplicationJobAttribute": changed,
    "smc:ModifySourceServerAttribute": migrated_and_destroyed,
    "smc:StartReplicationJob": migrated_and_destroyed,
    "smc:StopReplicationJob": destroyed_while_it_runs,
    "smc:TagResources": migrated_and_destroyed,
    "smc:UntagResources": changed,
    "sts:AssumeRole": migrated_and_destroyed,
}


def test_every_call_that_changes_something_has_a_case() -> None:
    changing = {
        action
        for action in called_actions(ROOT)
        if not action.partition(":")[2].startswith(READING)
    }
    assert changing == CASES.keys()


@pytest.mark.parametrize("kind", ["lost", "truncated"])
@pytest.mark.parametrize("action", CASES)
def test_one_object_each(stack: Stack, action: str, kind: str) -> None:
    stack.servers.pop("web-2")
    before = Baseline.of(stack.cloud.world)
    weather = Weather(stack, action, kind)
    CASES[action](weather)
    assert weather.has_struck()
    assert before.left(stack.cloud.world) == set()
    assert {kind for kind, _ in before.lost(stack.cloud.world)} <= {"Snapshot"}
