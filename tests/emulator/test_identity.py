"""Policies and trust, through the official SDKs."""

import json
from typing import Any

import pytest

from smc.api.sts import assume_role, get_caller_identity
from smc.errors import ApiError
from smc.policies import account_principal, role_arn, source_policy, trust_policy, user_principal
from tests.support.cloud import DESTINATION, SOURCE, Cloud

ROLE = role_arn(SOURCE, "ram-role-smc")


def grant(cloud: Cloud, principal: str, policy: str | None = None) -> None:
    """Make role and policy in the source account, and let the destination's user assume roles."""
    from alibabacloud_ram20150501 import models

    source = cloud.clients("source").ram()
    source.create_role(
        models.CreateRoleRequest(
            role_name="ram-role-smc", assume_role_policy_document=trust_policy(principal)
        )
    )
    source.create_policy(
        models.CreatePolicyRequest(
            policy_name="policy-smc", policy_document=policy or source_policy()
        )
    )
    source.attach_policy_to_role(
        models.AttachPolicyToRoleRequest(
            policy_type="Custom", policy_name="policy-smc", role_name="ram-role-smc"
        )
    )
    let_assume(cloud)


def let_assume(cloud: Cloud) -> None:
    from alibabacloud_ram20150501 import models

    cloud.clients("destination").ram().attach_policy_to_user(
        models.AttachPolicyToUserRequest(
            policy_type="System",
            policy_name="AliyunSTSAssumeRoleAccess",
            user_name="migration-operator",
        )
    )


@pytest.mark.parametrize(
    ("principal", "allowed"),
    [
        (account_principal(DESTINATION), True),
        (user_principal(DESTINATION, "migration-operator"), True),
        (user_principal(DESTINATION, "somebody-else"), False),
        (account_principal("3000000000000003"), False),
    ],
)
def test_trust_decides_who_assumes_a_role(cloud: Cloud, principal: str, allowed: bool) -> None:
    grant(cloud, principal)
    destination = cloud.clients("destination")
    if allowed:
        assert assume_role(destination, ROLE, "test", 900).access_key_id.startswith("STS.")
    else:
        with pytest.raises(ApiError) as raised:
            assume_role(destination, ROLE, "test", 900)
        assert raised.value.code == "NoPermission"


def test_a_user_without_the_policy_cannot_assume(cloud: Cloud) -> None:
    grant(cloud, account_principal(DESTINATION))
    from alibabacloud_ram20150501 import models

    cloud.clients("destination").ram().detach_policy_from_user(
        models.DetachPolicyFromUserRequest(
            policy_type="System",
            policy_name="AliyunSTSAssumeRoleAccess",
            user_name="migration-operator",
        )
    )
    with pytest.raises(ApiError) as raised:
        assume_role(cloud.clients("destination"), ROLE, "test", 900)
    assert raised.value.code == "NoPermission"
    assert "sts:AssumeRole" in raised.value.message


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((role_arn(SOURCE, "missing"), "test", 900), "EntityNotExist.Role"),
        (("nonsense", "test", 900), "InvalidParameter.RoleArn"),
        ((ROLE, "x", 900), "InvalidParameter.RoleSessionName"),
        ((ROLE, "test", 60), "InvalidParameter.DurationSeconds"),
        ((ROLE, "test", 7200), "InvalidParameter.DurationSeconds"),
        ((ROLE, "test", 900, "not a policy"), "InvalidParameter.PolicyGrammar"),
    ],
)
def test_assume_role_checks_its_parameters(
    cloud: Cloud, arguments: tuple[Any, ...], code: str
) -> None:
    grant(cloud, account_principal(DESTINATION))
    with pytest.raises(ApiError) as raised:
        assume_role(cloud.clients("destination"), *arguments)
    assert raised.value.code == code


def test_a_role_may_do_what_its_policy_says_and_a_session_policy_narrows_it(cloud: Cloud) -> None:
    from alibabacloud_ecs20140526 import models
    from alibabacloud_tea_openapi.models import Config

    grant(cloud, account_principal(DESTINATION))

    def ecs(policy: str | None) -> Any:
        from alibabacloud_ecs20140526.client import Client

        session = assume_role(cloud.clients("destination"), ROLE, "test", 900, policy)
        return Client(
            Config(
                access_key_id=session.access_key_id,
                access_key_secret=session.access_key_secret,
                security_token=session.security_token,
                endpoint=cloud.described["endpoint"].removeprefix("http://"),
                protocol="http",
                region_id="cn-hangzhou",
            )
        )

    full = ecs(None)
    listed = full.describe_instances(models.DescribeInstancesRequest(region_id="cn-hangzhou"))
    assert listed.body.total_count == 9
    with pytest.raises(Exception, match="ecs:DeleteInstance"):
        full.delete_instance(models.DeleteInstanceRequest(instance_id="i-source0web1"))
    narrow = {"Effect": "Allow", "Action": "ecs:DescribeZones", "Resource": "*"}
    narrowed = ecs(json.dumps({"Version": "1", "Statement": [narrow]}))
    narrowed.describe_zones(models.DescribeZonesRequest(region_id="cn-hangzhou"))
    with pytest.raises(Exception, match="ecs:DescribeInstances"):
        narrowed.describe_instances(models.DescribeInstancesRequest(region_id="cn-hangzhou"))


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([{"Effect": "Allow", "Action": "ecs:Describe*", "Resource": "*"}], True),
        ([{"Effect": "Allow", "Action": ["ecs:describeinstances"], "Resource": "*"}], True),
        ([{"Effect": "Allow", "Action": "ram:*", "Resource": "*"}], False),
        ([{"Effect": "Allow", "NotAction": "ram:*", "Resource": "*"}], True),
        (
            [
                {"Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Effect": "Deny", "Action": "ecs:DescribeInstances", "Resource": "*"},
            ],
            False,
        ),
        ([], False),
    ],
)
def test_policy_evaluation(statements: list[dict[str, Any]], allowed: bool) -> None:
    from emulator.identity.documents import Decision, evaluate

    document = json.dumps({"Version": "1", "Statement": statements})
    decision = evaluate([document], "ecs:DescribeInstances", "*")
    assert (decision == Decision.ALLOW) is allowed


def test_caller_identity_of_a_role(cloud: Cloud) -> None:
    assert get_caller_identity(cloud.clients("destination")).account_id == DESTINATION
