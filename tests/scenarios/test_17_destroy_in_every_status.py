"""Scenario 17: destroy in every status that a job can be in: in order, and nothing is left."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests

from emulator.ecs.tables import Disk, Instance
from emulator.http.incidents import ClientOffline, JobFailure
from emulator.smc.tables import ReplicationJob
from emulator.world import iso_seconds
from smc.ownership import stack_tags
from tests.support.answers import action_of, watched
from tests.support.engine_model import Stack
from tests.support.faults import happen
from tests.support.migration import STACK
from tests.support.residue import Baseline, results
from tests.support.smc_calls import DAY, Smc

TARGET = "i-target0files"
TARGETS = {
    "image": {"image": "web-1-image"},
    "instance": {"instance": TARGET, "acknowledge": TARGET},
}
ORDER = (
    "StopReplicationJob",
    "DeleteReplicationJob",
    "DeleteSourceServer",
    "ListAccessTokens",
    "DescribeDisks",
)
"""In a destroy each of these comes after all calls of those before it; the last is the guard's."""


def the_job(stack: Stack) -> ReplicationJob:
    stack.cloud.world.settle()
    (job,) = stack.cloud.world.table(ReplicationJob)
    return job


def ready(stack: Stack) -> None:
    """As it was made."""


def scheduled(stack: Stack) -> None:
    moment = iso_seconds(stack.cloud.world.now + timedelta(days=1))
    stack.servers["web-1"] |= {"execution": "scheduled", "startAt": moment}
    stack.up()
    assert the_job(stack).scheduled is not None


def running(business_status: str) -> Callable[[Stack], None]:
    """Started, and so far."""

    def reached(stack: Stack) -> None:
        Smc(stack.cloud).start(the_job(stack).job_id)
        while the_job(stack).business_status != business_status:
            stack.cloud.world.clock.advance(5)
            assert the_job(stack).status == "Running"

    return reached


def in_error(stack: Stack) -> None:
    happen(stack.cloud, JobFailure(kind="job_failure", at_percent=40))
    running("Syncing")(stack)
    stack.cloud.world.clock.advance(1000)


def offline(stack: Stack) -> None:
    """In error, and its source server without contact."""
    running("Syncing")(stack)
    happen(stack.cloud, ClientOffline(kind="client_offline"))


def stopped(stack: Stack) -> None:
    running("Syncing")(stack)
    Smc(stack.cloud).stop(the_job(stack).job_id)


def finished(stack: Stack) -> None:
    stack.servers["web-1"].pop("execution")
    stack.up()


def waiting(stack: Stack) -> None:
    stack.servers["web-1"]["synchronization"] = {"everyHours": 12, "keepImages": 1}
    stack.servers["web-1"]["target"] = TARGETS["image"]
    stack.servers["web-1"].pop("execution")
    stack.up()


def expired(stack: Stack) -> None:
    stack.cloud.world.clock.advance(31 * DAY)


def expired_in_error(stack: Stack) -> None:
    in_error(stack)
    stack.cloud.world.clock.advance(31 * DAY)


def pruned(stack: Stack) -> None:
    stack.cloud.world.clock.advance(40 * DAY)


def deleting(stack: Stack) -> None:
    """By hand, a moment ago."""
    Smc(stack.cloud).delete(the_job(stack).job_id)


def deleted(stack: Stack) -> None:
    """By hand, and its source server with it."""
    job = the_job(stack)
    smc = Smc(stack.cloud)
    smc.delete(job.job_id)
    stack.cloud.world.clock.advance(60)
    smc.delete_source(job.source_id)


STATUSES: dict[str, tuple[Callable[[Stack], None], str]] = {
    "Ready": (ready, "Ready"),
    "Scheduled": (scheduled, "Ready"),
    "Preparing": (running("Preparing"), "Running"),
    "Syncing": (running("Syncing"), "Running"),
    "Processing": (running("Processing"), "Running"),
    "Cleaning": (running("Cleaning"), "Running"),
    "Stopped": (stopped, "Stopped"),
    "InError": (in_error, "InError"),
    "offline": (offline, "InError"),
    "Finished": (finished, "Finished"),
    "Waiting": (waiting, "Waiting"),
    "Expired": (expired, "Expired"),
    "expired in error": (expired_in_error, "Expired"),
    "pruned": (pruned, ""),
    "Deleting": (deleting, "Deleting"),
    "deleted": (deleted, ""),
}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("status", STATUSES)
def test_nothing_is_left(stack: Stack, status: str, target: str) -> None:
    before = Baseline.of(stack.cloud.world)
    stack.servers.pop("web-2")
    stack.servers["web-1"] |= {"execution": "createOnly", "target": dict(TARGETS[target])}
    stack.up()
    reach, expected = STATUSES[status]
    reach(stack)
    stack.cloud.world.settle()
    assert [j.status for j in stack.cloud.world.table(ReplicationJob)] == [expected] * bool(
        expected
    )
    images = results(stack.cloud.world)

    calls: list[str] = []

    def look(request: requests.PreparedRequest, _: requests.Response) -> None:
        calls.append(action_of(request))
        if calls[-1] == "DeleteSourceServer":
            # It comes last of its jobs.
            assert list(stack.cloud.world.table(ReplicationJob)) == []

    with watched(look):
        stack.destroy()
    assert before.left(stack.cloud.world) == set()
    assert {kind for kind, _ in before.lost(stack.cloud.world)} <= {"Snapshot"}
    assert results(stack.cloud.world) >= images
    assert stack.state == {}
    known = [ORDER.index(action) for action in calls if action in ORDER[:-1]]
    assert known == sorted(known), calls
    if target == "instance" and status != "Waiting":
        assert calls[-1] == "DescribeDisks", "the guard looks last"
    assert ("StopReplicationJob" in calls) == (status in {"Preparing", "Syncing"})
    # And again, by whom nobody told.
    stack.destroy()


def test_what_smc_left_is_released_and_nothing_that_is_not_provably_ours(stack: Stack) -> None:
    """A transition instance without our tag, and a disk of another name or instance, stay."""
    stack.servers.pop("web-2")
    stack.servers["web-1"] |= {"execution": "createOnly", "target": TARGETS["instance"]}
    world = stack.cloud.world
    target = world.table(Instance).get(TARGET)
    assert target is not None
    (system,) = world.table(Disk).find(instance_id=TARGET)

    def plant(table: type[Any], row: Any, **changes: Any) -> None:
        with world.transaction():
            world.table(table).put(replace(row, **changes))

    name = "No_Delete_SMC_Transition_Instance"
    plant(Instance, target, instance_id="i-untagged", name=name)
    plant(Instance, target, instance_id="i-anothers", name=name, tags=stack_tags("other/stack/dev"))
    plant(Disk, system, disk_id="d-data", name="data", type="data")
    plant(
        Disk,
        system,
        disk_id="d-elsewhere",
        name="SMC_Temp_Disk",
        type="data",
        instance_id="i-untagged",
    )
    before = Baseline.of(world)
    plant(Instance, target, instance_id="i-ours", name=name, tags=stack_tags(STACK))
    plant(Disk, system, disk_id="d-ours", name="SMC_Temp_Disk", type="data")
    stack.up()
    assert len(before.left(world) - {("Instance", "i-ours"), ("Disk", "d-ours")}) == 2
    stack.destroy()
    assert before.left(world) == set()
    assert before.lost(world) == set()
