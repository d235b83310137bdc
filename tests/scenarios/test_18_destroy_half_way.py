"""Scenario 18: a destroy fails or dies half-way, and the next one ends it, whatever was done."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from emulator.ecs.tables import Disk, Instance
from emulator.world.snapshot import Snapshot, restore_snapshot, take_snapshot
from smc.ownership import stack_tags
from tests.scenarios.conftest import image_targets
from tests.support.cloud import Cloud, VirtualTime, demo_world, running_cloud
from tests.support.engine_model import Resource, Stack, UpdateError
from tests.support.faults import arm, disarm
from tests.support.migration import STACK, grant_access
from tests.support.provider_process import Death, Killed
from tests.support.residue import Baseline
from tests.support.thorough import THOROUGH

TARGET = "i-target0files"
CALLS_OF_A_DESTROY = [
    "smc:DescribeReplicationJobs",
    "smc:StopReplicationJob",
    "smc:DeleteReplicationJob",
    "ecs:TagResources",
    "ecs:DescribeImages",
    "ecs:DescribeSnapshots",
    "smc:DescribeSourceServers",
    "smc:DeleteSourceServer",
    "smc:ListAccessTokens",
    "ecs:DescribeInstances",
    "ecs:DescribeDisks",
    "ecs:DeleteInstance",
    "ecs:DetachDisk",
    "ecs:DeleteDisk",
]
CALLS_THAT_MAY_FAIL = ["sts:AssumeRole", "ecs:DescribeInvocations"]
"""They look for servers that registered themselves; the role may be gone already."""


class Doomed:
    """A stack in the middle of its migration, with leftovers of SMC, that can be had many times."""

    def __init__(self, cloud: Cloud) -> None:
        grant_access(cloud)
        self.cloud = cloud
        self.before = Baseline.of(cloud.world)
        stack = self._stack({})
        with pytest.raises(UpdateError, match="cancelled"):
            stack.up(cancel_at_sleep=24)
        self._leave(cloud)
        self._state = stack.state
        self._world: Snapshot = take_snapshot(cloud.world)

    def again(self) -> Stack:
        """The stack as it was."""
        disarm(self.cloud)
        restore_snapshot(self.cloud.world, self._world)
        return self._stack({n: Resource(r.id, dict(r.outputs)) for n, r in self._state.items()})

    def _stack(self, state: dict[str, Resource]) -> Stack:
        servers = image_targets("web-1", "web-2")
        acknowledged = {"instance": TARGET, "acknowledge": TARGET}
        servers["files-1"] = {"select": {"name": "files-1"}, "target": acknowledged}
        return Stack(self.cloud, VirtualTime(self.cloud.world), servers, state=state)

    def _leave(self, cloud: Cloud) -> None:
        """What SMC forgets to release, once the jobs are gone."""
        world = cloud.world
        target = world.table(Instance).get(TARGET)
        assert target is not None
        system = world.table(Disk).find(instance_id=TARGET, type="system")[0]
        name = "No_Delete_SMC_Transition_Instance"
        with world.transaction():
            world.table(Instance).put(
                replace(target, instance_id="i-left", name=name, tags=stack_tags(STACK))
            )
            world.table(Disk).put(
                replace(system, disk_id="d-left", name="SMC_Temp_Disk", type="data")
            )

    def assert_gone(self, stack: Stack) -> None:
        """Nothing is left of it, and what is not its own is as it was."""
        assert stack.state == {}
        assert self.before.left(self.cloud.world) == set()
        assert {kind for kind, _ in self.before.lost(self.cloud.world)} <= {"Snapshot"}


@pytest.fixture(scope="module")
def doomed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doomed]:
    folder: Path = tmp_path_factory.mktemp("doomed")
    with running_cloud(folder, demo_world()) as cloud:
        yield Doomed(cloud)


def test_undisturbed_it_takes_these_calls(doomed: Doomed) -> None:
    stack = doomed.again()
    counted = doomed.cloud.counts
    stack.destroy()
    doomed.assert_gone(stack)
    made = {name for name, n in doomed.cloud.counts.items() if n > counted.get(name, 0)}
    assert made == {*CALLS_OF_A_DESTROY, *CALLS_THAT_MAY_FAIL}


@pytest.mark.parametrize("action", CALLS_THAT_MAY_FAIL)
def test_what_is_looked_at_besides_does_not_hold_it_up(doomed: Doomed, action: str) -> None:
    stack = doomed.again()
    arm(doomed.cloud, "error", action.partition(":")[2], share=1.0)
    stack.destroy()
    doomed.assert_gone(stack)


@pytest.mark.parametrize("action", CALLS_OF_A_DESTROY)
def test_a_call_that_fails_is_told_and_the_next_destroy_goes_on(
    doomed: Doomed, action: str
) -> None:
    stack = doomed.again()
    service, _, name = action.partition(":")
    arm(doomed.cloud, "error", name, service=service, code="InternalError", status=500, share=1.0)
    with pytest.raises(UpdateError) as raised:
        stack.destroy()
    assert f"{action} failed. InternalError: " in str(raised.value)
    assert stack.state
    disarm(doomed.cloud)
    stack.destroy()
    doomed.assert_gone(stack)


def destroyed_and_killed(stack: Stack, call: int, *, after: bool) -> bool:
    """Whether it died; a destroy may be over before that call."""
    death = Death(call, after=after)
    with suppress(Killed):
        stack.destroy(death)
    return death.has_come


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_any_call_it_ends_with_the_next(
    doomed: Doomed, after: bool, record_property: Callable[[str, object], None]
) -> None:
    call, killed = 1 + after, 0
    while True:
        stack = doomed.again()
        if not destroyed_and_killed(stack, call, after=after):
            break
        killed += 1
        stack.destroy()
        doomed.assert_gone(stack)
        call += 1 if THOROUGH else 4
    record_property("figures", f"killed at {killed} calls, 0 leftovers")
    assert call > 30


def test_killed_again_and_again_it_ends(doomed: Doomed) -> None:
    """Each life makes three calls more."""
    stack = doomed.again()
    lives = 0
    while destroyed_and_killed(stack, 3 + lives, after=True):
        lives += 1
        assert lives < 60
    doomed.assert_gone(stack)


def test_cancelled_in_a_wait_it_goes_on(doomed: Doomed) -> None:
    stack = doomed.again()
    with pytest.raises(UpdateError, match="cancelled"):
        stack.destroy(cancel_at_sleep=1)
    stack.destroy()
    doomed.assert_gone(stack)


def test_it_can_also_go_up_again(doomed: Doomed) -> None:
    """Who changes their mind half-way gets a migration."""
    stack = doomed.again()
    assert destroyed_and_killed(stack, 9, after=True)
    stack.refresh()
    stack.up()
    assert (stack.failures, set(stack.results.values())) == ({}, {"Finished"})
    assert stack.preview() == []
    stack.destroy()
    doomed.assert_gone(stack)
