"""Scenario 15: the session of the role ends while something is waited for, or the role is gone."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from alibabacloud_ram20150501 import models as ram

from emulator.http.incidents import SessionExpiry
from smc.api.instances import describe_instances
from smc.errors import MigrationError
from smc.handlers.context import source_clients
from tests.support.engine_model import Stack, UpdateError
from tests.support.faults import happen, outcomes
from tests.support.migration import STACK, Migrator
from tests.support.residue import Baseline
from tests.support.trap import Moment, Trap

ROLE = "ram-role-smc"


def at(stack: Stack, action: str, occurrence: int, act: Callable[[], None]) -> None:
    """Act at the n-th call of an action, which is carried out and not answered yet."""
    trap = Trap(stack.cloud.world)
    stack.cloud.server.gateway.ledger = trap
    trap.set(Moment(action, occurrence), act)


def end_sessions(stack: Stack) -> None:
    happen(stack.cloud, SessionExpiry(kind="session_expiry"))


def delete_role(stack: Stack) -> None:
    """As an administrator of the source account does it."""
    own = stack.cloud.clients("source").ram()
    own.detach_policy_from_role(
        ram.DetachPolicyFromRoleRequest(
            policy_type="Custom", policy_name="policy-smc", role_name=ROLE
        )
    )
    own.delete_role(ram.DeleteRoleRequest(role_name=ROLE))


@pytest.mark.parametrize(
    ("action", "occurrence"),
    [
        ("sts:AssumeRole", 1),
        ("ecs:DescribeInstances", 1),
        ("ecs:DescribeCloudAssistantStatus", 1),
        ("ecs:RunCommand", 1),
        ("ecs:DescribeInvocations", 1),
        ("ecs:DescribeInvocations", 3),
    ],
)
def test_a_new_session_is_asked_for_once_and_nobody_notices(
    stack: Stack, action: str, occurrence: int
) -> None:
    at(stack, action, occurrence, lambda: end_sessions(stack))
    stack.up()
    assert (stack.failures, set(stack.results.values())) == ({}, {"Finished"})
    ended = Counter(outcomes(stack.cloud))
    assert ended.keys() <= {"OK", "InvalidSecurityToken.Expired"}
    # One session reads, one runs the command; either may have ended.
    expired = ended["InvalidSecurityToken.Expired"]
    assert expired <= 2
    assert stack.cloud.counts["sts:AssumeRole"] == 2 + expired


def test_sessions_that_end_again_and_again_are_no_endless_loop(stack: Stack) -> None:
    trap = Trap(stack.cloud.world)
    stack.cloud.server.gateway.ledger = trap
    trap.watch(lambda now: end_sessions(stack) if now.action == "sts:AssumeRole" else None)
    with pytest.raises(UpdateError) as raised:
        stack.up()
    assert "ecs:DescribeInstances failed. InvalidSecurityToken.Expired" in str(raised.value)
    assert "Fix: " in str(raised.value)
    assert stack.cloud.counts["sts:AssumeRole"] == 2


def test_threads_that_find_the_same_session_ended_ask_for_one_new_one(migrator: Migrator) -> None:
    clients = source_clients(migrator.clients, migrator.role(), STACK)
    describe_instances(clients, "cn-hangzhou")
    happen(migrator.cloud, SessionExpiry(kind="session_expiry"))
    with ThreadPoolExecutor(4) as workers:
        listings = list(
            workers.map(lambda _: describe_instances(clients, "cn-hangzhou"), range(12))
        )
    assert len({len(listed) for listed in listings}) == 1
    assert migrator.cloud.counts["sts:AssumeRole"] == 2


def test_a_session_is_renewed_before_it_ends(migrator: Migrator) -> None:
    """Of 900 seconds; at 720 another one is asked for."""
    clients = source_clients(migrator.clients, migrator.role(session_seconds=900), STACK)
    seen = []
    for _ in range(30):
        describe_instances(clients, "cn-hangzhou")
        seen.append(migrator.cloud.counts["sts:AssumeRole"])
        migrator.clock.sleep(100)
    assert seen[7:9] == [1, 2]
    assert seen[-1] == 4
    assert set(outcomes(migrator.cloud)) == {"OK"}


@pytest.mark.parametrize("ended", [True, False], ids=["sessions-end", "sessions-live"])
def test_a_role_that_is_deleted_in_between_is_named(stack: Stack, ended: bool) -> None:
    before = Baseline.of(stack.cloud.world)
    gone: list[str] = []

    def progress_ends() -> None:
        gone.append("now")

    at(stack, "ecs:DescribeInvocations", 2, progress_ends)
    sleep = stack.time.sleep

    def sleep_and_delete(seconds: float) -> None:
        sleep(seconds)
        if gone:
            gone.clear()
            delete_role(stack)
            if ended:
                end_sessions(stack)

    stack.time.sleep = sleep_and_delete  # type: ignore[method-assign]
    slept = stack.time.slept
    with pytest.raises(UpdateError) as raised:
        stack.up()
    said = str(raised.value)
    assert "Fix: " in said
    if ended:
        assert f"cannot assume acs:ram::1000000000000001:role/{ROLE}" in said
        assert "has no such role" in said
    assert stack.time.slept - slept < 900
    # Nothing that lets anybody register is left, and what is there already goes with a destroy.
    assert {kind for kind, _ in before.left(stack.cloud.world)} <= {"SourceServer"}


def test_credentials_of_a_profile_that_ended_are_not_renewed_but_told(migrator: Migrator) -> None:
    """Only sessions of the role are ours to renew."""
    migrator.cloud.write_credentials(destination="another-secret")
    with pytest.raises(MigrationError, match=r"SignatureDoesNotMatch: .* Fix: "):
        migrator.imported({"web-1": {"name": "web-1"}})
    assert outcomes(migrator.cloud).count("SignatureDoesNotMatch") == 1
