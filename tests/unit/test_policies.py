import json

from smc.policies import (
    CHANGING_ACTION,
    SOURCE_ACTIONS,
    account_principal,
    instance_arn,
    source_policy,
    trust_policy,
)

SEED_ACTIONS = {
    "ecs:DescribeZones",
    "ecs:DescribeInstances",
    "ecs:DescribeSecurityGroupAttribute",
    "ecs:DescribeSecurityGroups",
    "ecs:DescribeSnapshots",
    "ecs:DescribeImages",
    "ecs:DescribeDisks",
    "ecs:DescribeCloudAssistantStatus",
    "ecs:RunCommand",
    "ecs:DescribeInvocations",
}


def test_the_policy_has_exactly_the_ten_documented_actions() -> None:
    (statement,) = json.loads(source_policy())["Statement"]
    assert set(statement["Action"]) == SEED_ACTIONS
    assert len(SOURCE_ACTIONS) == 10
    assert statement["Effect"] == "Allow"


def test_the_role_trusts_one_principal_and_nobody_else() -> None:
    (statement,) = json.loads(trust_policy(account_principal("2000000000000002")))["Statement"]
    assert statement["Principal"] == {"RAM": ["acs:ram::2000000000000002:root"]}
    assert statement["Action"] == "sts:AssumeRole"
    assert "Condition" not in statement


def test_an_external_id_is_a_condition_of_the_trust() -> None:
    document = trust_policy(account_principal("2000000000000002"), "word")
    (statement,) = json.loads(document)["Statement"]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "word"}}


def test_a_strict_policy_limits_the_command_and_nothing_else() -> None:
    web = instance_arn("cn-hangzhou", "1000000000000001", "i-web")
    reading, running = json.loads(source_policy([web, web]))["Statement"]
    assert running == {"Action": [CHANGING_ACTION], "Resource": [web], "Effect": "Allow"}
    assert web == "acs:ecs:cn-hangzhou:1000000000000001:instance/i-web"
    assert reading["Resource"] == "*"
    assert set(reading["Action"]) == SEED_ACTIONS - {"ecs:RunCommand"}
