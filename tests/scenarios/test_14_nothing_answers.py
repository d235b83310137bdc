"""Scenario 14: every call is refused: it ends in bounded time, says why, and leaves nothing."""

from collections import Counter

import pytest

from smc.retry import BUDGET, LONGEST_SECONDS, REFILL_PER_SECOND, RETRY_COST
from tests.support.engine_model import Stack, UpdateError
from tests.support.faults import arm, disarm, outcomes
from tests.support.residue import Baseline

CALLS_OF_AN_UPDATE = [
    "sts:AssumeRole",
    "ecs:DescribeInstances",
    "ecs:DescribeCloudAssistantStatus",
    "smc:DescribeSourceServers",
    "smc:ListAccessTokens",
    "smc:CreateAccessToken",
    "ecs:RunCommand",
    "ecs:DescribeInvocations",
    "smc:TagResources",
    "smc:ModifySourceServerAttribute",
    "smc:DisableAccessToken",
    "smc:CreateReplicationJob",
    "smc:StartReplicationJob",
    "smc:DescribeReplicationJobs",
    "ecs:TagResources",
]


def what_it_says(stack: Stack) -> str:
    """The error of an update, or the failures that it ends with."""
    try:
        stack.up()
    except UpdateError as error:
        return str(error)
    return "\n".join(stack.failures.values())


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        *((action, "throttle") for action in CALLS_OF_AN_UPDATE),
        *((action, "reset") for action in CALLS_OF_AN_UPDATE if "Create" in action),
    ],
)
def test_a_call_that_never_works(stack: Stack, action: str, kind: str) -> None:
    before = Baseline.of(stack.cloud.world)
    service, _, name = action.partition(":")
    arm(stack.cloud, kind, name, service=service, share=1.0)
    slept = stack.time.slept
    said = what_it_says(stack)
    code = {"throttle": "Throttling.User: ", "reset": "no answer: "}[kind]
    assert f"{action} failed. {code}" in said
    assert "; tried " in said
    assert "Fix: " in said
    # Ten minutes pass until servers are registered; then two tries, and one to clean up, at most.
    assert stack.time.slept - slept < 600 + 3 * LONGEST_SECONDS

    disarm(stack.cloud)
    stack.up()
    assert (stack.failures, set(stack.results.values())) == ({}, {"Finished"})
    made = Counter(kind for kind, _ in before.left(stack.cloud.world))
    assert made == {"SourceServer": 2, "ReplicationJob": 2}
    stack.destroy()
    assert before.left(stack.cloud.world) == set()


def test_nothing_works_and_later_all_is_taken_back(stack: Stack) -> None:
    """From some call on, so that something is there already."""
    before = Baseline.of(stack.cloud.world)
    for calls in (0, 12, 20, 28):
        arm(stack.cloud, "slow", count=calls) if calls else None
        arm(stack.cloud, "throttle", share=1.0)
        with pytest.raises(UpdateError, match=r"Throttling\.User: .*; tried .* Fix: "):
            stack.up()
        disarm(stack.cloud)
    stack.destroy()
    assert before.left(stack.cloud.world) == set()


def test_a_service_in_trouble_is_not_kept_there(fleet: Stack) -> None:
    """Four workers share a budget, which bounds their calls, however long it lasts."""
    arm(fleet.cloud, "error", "CreateReplicationJob", share=1.0)
    slept = fleet.time.slept
    with pytest.raises(UpdateError, match=r"CreateReplicationJob failed\. ServiceUnavailable"):
        fleet.up()
    tries = len(outcomes(fleet.cloud, "smc:CreateReplicationJob"))
    retries = (BUDGET + REFILL_PER_SECOND * (fleet.time.slept - slept)) / RETRY_COST
    assert tries < retries + 20
