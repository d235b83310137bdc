"""The documents that let the destination account import servers of the source account.

Source: the seed's step 1 ("grant permissions in the source account").
"""

import json
from typing import Any

SOURCE_ACTIONS = (
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
)
"""What the role in the source account may do: exactly the ten actions of the documentation."""

ASSUME_ROLE_POLICY = "AliyunSTSAssumeRoleAccess"
"""System policy that a RAM user of the destination account needs to assume the role."""


def source_policy() -> str:
    """Policy document for the role in the source account."""
    return _document({"Action": list(SOURCE_ACTIONS), "Resource": "*", "Effect": "Allow"})


def trust_policy(principal: str) -> str:
    """Trust document: who may assume the role, such as `acs:ram::<account>:root`."""
    return _document(
        {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"RAM": [principal]}}
    )


def account_principal(account: str) -> str:
    """Everybody in an account who is allowed to assume roles."""
    return f"acs:ram::{account}:root"


def user_principal(account: str, user: str) -> str:
    """One RAM user of an account."""
    return f"acs:ram::{account}:user/{user}"


def role_arn(account: str, role_name: str) -> str:
    """ARN of a role."""
    return f"acs:ram::{account}:role/{role_name}"


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "1", "Statement": [statement]}, sort_keys=True)
