import json

from smc.policies import SOURCE_ACTIONS, account_principal, source_policy, trust_policy

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
