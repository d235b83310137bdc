"""System policies: those that a migration between accounts meets, by what they allow.

Source: the RAM documentation's list of system policies. Where a product's own document is not
published in full, the policy here allows the product's name space.
"""

import json


def _policy(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "1", "Statement": [statement]})


SYSTEM_POLICIES = {
    "AdministratorAccess": _policy("*"),
    "ReadOnlyAccess": _policy("*:Describe*", "*:List*", "*:Get*"),
    "AliyunECSAssistantFullAccess": _policy(
        "ecs:DescribeInstances",
        "ecs:DescribeTag*",
        "ecs:*Command",
        "ecs:DescribeCommand*",
        "ecs:DescribeInvocation*",
        "ecs:StopInvocation",
        "ecs:*CloudAssistant*",
    ),
    "AliyunECSFullAccess": _policy("ecs:*"),
    "AliyunECSReadOnlyAccess": _policy("ecs:Describe*", "ecs:List*", "vpc:DescribeV*"),
    "AliyunRAMFullAccess": _policy("ram:*", "ims:*"),
    "AliyunRAMReadOnlyAccess": _policy("ram:Get*", "ram:List*"),
    "AliyunSMCFullAccess": _policy("smc:*", "ram:CreateServiceLinkedRole"),
    "AliyunSTSAssumeRoleAccess": _policy("sts:AssumeRole"),
    "AliyunVPCFullAccess": _policy("vpc:*"),
}
