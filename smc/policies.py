"""The documents that let the destination account import servers of the source account.

Source: the seed's step 1 ("grant permissions in the source account"); for the two resources of
RunCommand, Resource Management, "Use tags to control the running of Cloud Assistant commands".
"""

import json
from collections.abc import Iterable, Iterator, Sequence
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

CHANGING_ACTION = "ecs:RunCommand"
"""The one of the ten that changes something: it runs a script on a server."""

READING_ACTIONS = (
    "ecs:DescribeCloudAssistantStatus",
    "ecs:DescribeDisks",
    "ecs:DescribeInstances",
    "ecs:DescribeInvocations",
)
"""Those of the ten that this program reads with; the rest is for SMC's console."""

LONGEST_POLICY = 6144
"""Characters of a custom policy (RAM documentation, "Limitations")."""

LONGEST_SESSION_POLICY = 2048
"""Characters of the policy of a session (STS AssumeRole, Policy)."""

ASSUME_ROLE_POLICY = "AliyunSTSAssumeRoleAccess"
"""System policy that a RAM user of the destination account needs to assume the role."""


def source_policy(only: Sequence[str] | None = None) -> str:
    """Policy document for the role in the source account.

    Args:
        only: ARNs of the instances on which commands may be run; None for all. The other nine
            actions only read, most of them without resource-level authorization.
    """
    if only is None:
        return document({"Action": list(SOURCE_ACTIONS), "Resource": "*", "Effect": "Allow"})
    reading = [action for action in SOURCE_ACTIONS if action != CHANGING_ACTION]
    statements = [{"Action": reading, "Resource": "*", "Effect": "Allow"}]
    if only:
        # A statement without a resource is not valid.
        statements.append(commands_on(only))
    return document(*statements)


def reading_session() -> str:
    """Policy of a session that looks at the source account and changes nothing there."""
    return document({"Action": list(READING_ACTIONS), "Resource": "*", "Effect": "Allow"})


def commanding_session(instances: Iterable[str]) -> str:
    """Policy of a session that runs commands on these instances (ARNs) and does nothing else."""
    return document(commands_on(instances))


def session_batches(instances: Sequence[str], largest: int) -> Iterator[list[str]]:
    """The instances (ARNs) in batches of at most `largest` that one session can be limited to."""
    batch: list[str] = []
    for instance in instances:
        grown = [*batch, instance]
        if len(grown) > largest or len(commanding_session(grown)) > LONGEST_SESSION_POLICY:
            yield batch
            grown = [instance]
        batch = grown
    if batch:
        yield batch


def commands_on(instances: Iterable[str]) -> dict[str, Any]:
    """The statement that allows to run commands on these instances (ARNs)."""
    listed = set(instances)
    # A command is a resource too, and what it is called is not known before.
    commands = {f"{arn.rpartition(':')[0]}:command/*" for arn in listed}
    return {
        "Action": [CHANGING_ACTION],
        "Resource": sorted(listed | commands),
        "Effect": "Allow",
    }


def trust_policy(principal: str, external_id: str | None = None) -> str:
    """Trust document: who may assume the role, such as `acs:ram::<account>:root`.

    Args:
        principal: ARN of an account, a RAM user or a RAM role.
        external_id: what the caller has to pass to AssumeRole besides.
    """
    statement: dict[str, Any] = {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"RAM": [principal]},
    }
    if external_id is not None:
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": external_id}}
    return document(statement)


def account_principal(account: str) -> str:
    """Everybody in an account who is allowed to assume roles."""
    return f"acs:ram::{account}:root"


def user_principal(account: str, user: str) -> str:
    """One RAM user of an account."""
    return f"acs:ram::{account}:user/{user}"


def instance_arn(region: str, account: str, instance_id: str) -> str:
    """ARN of an ECS instance."""
    return f"acs:ecs:{region}:{account}:instance/{instance_id}"


def role_arn(account: str, role_name: str) -> str:
    """ARN of a role; in a trust document it means whoever has assumed that role."""
    return f"acs:ram::{account}:role/{role_name}"


def document(*statements: dict[str, Any]) -> str:
    """A policy or trust document of these statements."""
    # Without blanks: RAM counts characters.
    members = {"Version": "1", "Statement": list(statements)}
    return json.dumps(members, sort_keys=True, separators=(",", ":"))
