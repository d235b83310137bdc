"""The role in the source account, assumed under each form of trust and of its policy."""

from datetime import UTC, datetime

import pytest
from alibabacloud_ram20150501 import models as ram

from emulator.identity.access import ATTACHMENT_DELAY
from emulator.identity.tables import Session
from emulator.world import Setting
from smc.api.cloud_assistant import run_command
from smc.api.instances import describe_instances
from smc.clients import Clients
from smc.errors import ApiError, MigrationError
from smc.handlers.context import commanding_clients, source_clients
from smc.policies import (
    account_principal,
    commanding_session,
    document,
    instance_arn,
    reading_session,
    role_arn,
    source_policy,
    trust_policy,
    user_principal,
)
from tests.support.cloud import DESTINATION, SOURCE, Cloud, VirtualTime
from tests.support.migration import STACK, Migrator, grant_access

TO_DESTINATION = account_principal(DESTINATION)
OPERATOR = user_principal(DESTINATION, "migration-operator")
PIPELINE = role_arn(DESTINATION, "pipeline")
POLICY_OF_ROLE = {
    "policy_type": "Custom",
    "policy_name": "policy-smc",
    "role_name": "ram-role-smc",
}


@pytest.fixture
def migrator(cloud: Cloud, clock: VirtualTime) -> Migrator:
    """Handlers on the demo's world; each test grants its own access."""
    return Migrator(cloud, clock)


def sees_instances(migrator: Migrator, destination: Clients | None = None, **role: str) -> int:
    clients = source_clients(destination or migrator.clients, migrator.role(**role), STACK)
    return len(describe_instances(clients, "cn-hangzhou"))


def test_the_external_id_that_the_trust_asks_for_is_passed(
    cloud: Cloud, migrator: Migrator
) -> None:
    grant_access(cloud, trust_policy(TO_DESTINATION, "tokyo-move/2026"))
    assert sees_instances(migrator, external_id="tokyo-move/2026")
    with pytest.raises(MigrationError, match="asks for another external id"):
        sees_instances(migrator, external_id="osaka-move")
    with pytest.raises(MigrationError, match=r"asks for an external id \(source.role.externalId\)"):
        sees_instances(migrator)


def test_a_role_that_trusts_one_user_is_closed_to_the_rest_of_its_account(
    cloud: Cloud, migrator: Migrator
) -> None:
    grant_access(cloud, trust_policy(OPERATOR))
    assert sees_instances(migrator)
    with pytest.raises(MigrationError, match="does not trust this account, user or role"):
        sees_instances(migrator, as_pipeline(cloud, migrator))


def test_a_role_that_trusts_one_role_is_closed_to_users(cloud: Cloud, migrator: Migrator) -> None:
    grant_access(cloud, trust_policy(PIPELINE))
    with pytest.raises(MigrationError, match="NoPermission"):
        sees_instances(migrator)
    assert sees_instances(migrator, as_pipeline(cloud, migrator))


def as_pipeline(cloud: Cloud, migrator: Migrator) -> Clients:
    """The destination's operator, acting as a role of its own account that may assume roles."""
    own = cloud.clients("destination").ram()
    own.create_role(
        ram.CreateRoleRequest(
            role_name="pipeline", assume_role_policy_document=trust_policy(OPERATOR)
        )
    )
    own.attach_policy_to_role(
        ram.AttachPolicyToRoleRequest(
            policy_type="System", policy_name="AliyunSTSAssumeRoleAccess", role_name="pipeline"
        )
    )
    assuming = document({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
    return source_clients(migrator.clients, migrator.role(arn=PIPELINE), STACK, session=assuming)


def test_a_role_that_is_missing_is_named_with_its_account(cloud: Cloud, migrator: Migrator) -> None:
    grant_access(cloud)
    with pytest.raises(MigrationError) as raised:
        sees_instances(migrator, arn=role_arn(SOURCE, "nobody"))
    said = str(raised.value)
    assert f"cannot assume acs:ram::{SOURCE}:role/nobody" in said
    assert f"account {SOURCE} has no such role" in said
    assert "source.role.name" in said


def test_a_session_lives_as_long_as_asked(cloud: Cloud, migrator: Migrator) -> None:
    grant_access(cloud)
    clients = source_clients(migrator.clients, migrator.role(session_seconds=900), STACK)
    describe_instances(clients, "cn-hangzhou")
    (session,) = cloud.world.table(Session)
    assert (session.expiration - datetime.now(UTC)).total_seconds() <= 900


def test_each_session_is_narrowed_to_what_it_is_for(cloud: Cloud, migrator: Migrator) -> None:
    """The role may run anything anywhere; no session of it may, whoever gets hold of one."""
    grant_access(cloud)
    linux, windows = ["i-source0web1", "i-source0web2"], ["i-source0db1"]
    servers = {name: {"id": name} for name in linux + windows}
    assert migrator.imported(servers)["failures"] == {}
    policies = [session.policy for session in cloud.world.table(Session)]
    arns = [
        [instance_arn("cn-hangzhou", SOURCE, each) for each in batch] for batch in (linux, windows)
    ]
    commanding = [commanding_session(batch) for batch in arns]
    assert sorted(map(str, policies)) == sorted([reading_session(), *commanding])

    reading = source_clients(migrator.clients, migrator.role(), STACK)
    only_web_1 = commanding_clients(migrator.clients, migrator.role(), STACK, linux[:1])
    assert describe_instances(reading, "cn-hangzhou")
    for clients, instance_id in ((reading, linux[0]), (only_web_1, linux[1])):
        with pytest.raises(ApiError, match="Forbidden"):
            say_hello(clients, instance_id)
    assert say_hello(only_web_1, linux[0])
    with pytest.raises(ApiError, match="Forbidden"):
        describe_instances(only_web_1, "cn-hangzhou")


def say_hello(clients: Clients, instance_id: str) -> str:
    return run_command(
        clients,
        "cn-hangzhou",
        [instance_id],
        name="hello",
        os_type="linux",
        script="echo hello",
        timeout_seconds=60,
        client_token=instance_id,
    )


def test_a_strict_policy_lets_commands_run_only_where_it_says(
    cloud: Cloud, migrator: Migrator
) -> None:
    web_1 = instance_arn("cn-hangzhou", SOURCE, "i-source0web1")
    grant_access(cloud, policy=source_policy([web_1]))
    assert "web-1" in migrator.imported({"web-1": {"id": "i-source0web1"}})["sources"]
    with pytest.raises(MigrationError, match="ecs:RunCommand"):
        migrator.imported({"web-2": {"id": "i-source0web2"}})


def test_a_strict_policy_without_instances_allows_no_command(
    cloud: Cloud, migrator: Migrator
) -> None:
    grant_access(cloud, policy=source_policy([]))
    assert sees_instances(migrator)
    with pytest.raises(MigrationError, match="ecs:RunCommand"):
        migrator.imported({"web-2": {"id": "i-source0web2"}})


def test_what_a_role_was_granted_a_moment_ago_is_waited_for(
    cloud: Cloud, migrator: Migrator
) -> None:
    """It can be assumed, and may do nothing yet."""
    grant_access(cloud)
    cloud.world.clock.advance(60)
    with cloud.world.transaction():
        cloud.world.table(Setting).put(Setting(name=ATTACHMENT_DELAY, value=40.0))
    own = cloud.clients("source").ram()
    own.detach_policy_from_role(ram.DetachPolicyFromRoleRequest(**POLICY_OF_ROLE))
    own.attach_policy_to_role(ram.AttachPolicyToRoleRequest(**POLICY_OF_ROLE))
    assert migrator.imported({"web-1": {"id": "i-source0web1"}})["failures"] == {}
