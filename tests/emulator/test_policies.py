"""Policy and trust documents: grammar, evaluation, conditions, and when they come into force."""

import json
from typing import Any

import pytest

from emulator.identity.access import ATTACHMENT_DELAY
from emulator.identity.documents import Decision, evaluate, trusts
from emulator.identity.grammar import permission_statements, trust_statements
from emulator.ram.roles import ROLE_DELAY
from emulator.service import ApiError as Refusal
from emulator.world import Setting
from smc.api.sts import assume_role
from smc.errors import ApiError
from smc.policies import account_principal
from tests.emulator.test_identity import ROLE, grant
from tests.support.cloud import DESTINATION, Cloud

INSTANCE = "acs:ecs:cn-hangzhou:1:instance/i-1"
USER = "acs:ram::2:user/operator"


def document(*statements: Any, version: str = "1") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def allow(action: Any = "ecs:RunCommand", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "ecs:RunCommand", resource: Any = "*", **more: Any) -> dict[str, Any]:
    return allow(action, resource, **more) | {"Effect": "Deny"}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([allow("ecs:Run*")], True),
        ([allow("ECS:runcommand")], True),
        ([allow("ecs:RunComman?")], True),
        ([allow("ecs:[R]unCommand")], False),
        ([allow(resource="acs:ecs:*:*:instance/*")], True),
        ([allow(resource="acs:ecs:*:*:instance/i-2")], False),
        ([allow(resource="acs:ecs:*:*:instance/i-[1]")], False),
        ([allow(), deny(resource="acs:ecs:*:*:instance/i-1")], False),
        ([allow(), deny(resource="acs:ecs:*:*:instance/i-2")], True),
        ([deny("*"), allow()], False),
        ([{"Effect": "Deny", "NotAction": "ecs:*", "Resource": "*"}, allow()], True),
        ([{"Effect": "Deny", "NotAction": "ram:*", "Resource": "*"}, allow()], False),
        # What cannot be judged never widens what somebody may do.
        ([allow(Condition={"IpAddress": {"acs:SourceIp": "127.0.0.1"}})], False),
        ([allow(), deny(Condition={"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}})], False),
    ],
)
def test_what_a_policy_allows(statements: list[Any], allowed: bool) -> None:
    decision = evaluate([document(*statements)], "ecs:RunCommand", INSTANCE)
    assert (decision == Decision.ALLOW) is allowed


def trust(principal: str = "acs:ram::2:root", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    who = {"Principal": {"RAM": [principal]}}
    return {"Effect": effect, "Action": "sts:AssumeRole", **who, **more}


def on_external_id(operator: str, value: str) -> dict[str, Any]:
    return {"Condition": {operator: {"sts:ExternalId": value}}}


@pytest.mark.parametrize(
    ("statements", "external_id", "trusted"),
    [
        ([trust()], None, True),
        ([trust("acs:ram::3:root")], None, False),
        ([trust("acs:ram::2:user/OPERATOR")], None, True),
        ([trust("acs:ram::2:user/other")], None, False),
        ([trust(), trust(USER, "Deny")], None, False),
        ([trust(**on_external_id("StringEquals", "a"))], "a", True),
        ([trust(**on_external_id("StringEquals", "a"))], "A", False),
        ([trust(**on_external_id("StringEquals", "a"))], None, False),
        ([trust(**on_external_id("StringEqualsIgnoreCase", "a"))], "A", True),
        ([trust(**on_external_id("StringLike", "team-*"))], "team-1", True),
        ([trust(**on_external_id("StringNotLike", "team-*"))], "team-1", False),
        ([trust(), trust(effect="Deny", **on_external_id("StringNotEquals", "a"))], "a", True),
        ([trust(), trust(effect="Deny", **on_external_id("StringNotEquals", "a"))], "b", False),
        ([trust(), trust(effect="Deny", **on_external_id("StringNotEquals", "a"))], None, False),
        ([trust(Condition={"Bool": {"acs:MFAPresent": True}})], None, False),
        (
            [trust(), trust(effect="Deny", Condition={"Bool": {"acs:MFAPresent": False}})],
            None,
            False,
        ),
    ],
)
def test_whom_a_role_trusts(statements: list[Any], external_id: str | None, trusted: bool) -> None:
    context = {"sts:ExternalId": external_id}
    assert trusts(document(*statements), ["acs:ram::2:root", USER], context) is trusted


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "not json",
        "[]",
        document(allow(), version="2"),
        json.dumps({"Version": "1", "Statement": allow()}),
        document({"Effect": "Permit", "Action": "*", "Resource": "*"}),
        document({"Effect": "Allow", "Resource": "*"}),
        document(allow(NotAction="ecs:*")),
        document(allow(5)),
        document(allow([])),
        document(allow(resource={"a": 1})),
        document(allow(Condition={"StringEquals": "x"})),
        document("statement"),
    ],
)
def test_malformed_documents_are_refused(malformed: str) -> None:
    with pytest.raises(Refusal, match="MalformedPolicyDocument"):
        permission_statements(malformed)


def test_each_kind_of_document_needs_its_own_element() -> None:
    with pytest.raises(Refusal, match="MalformedPolicyDocument"):
        permission_statements(document(trust()))
    with pytest.raises(Refusal, match="MalformedPolicyDocument"):
        trust_statements(document(allow()))
    with pytest.raises(Refusal, match="MalformedPolicyDocument"):
        trust_statements(document(trust() | {"Principal": "*"}))


@pytest.mark.parametrize(
    ("setting", "code"),
    [(ROLE_DELAY, "EntityNotExist.Role"), (ATTACHMENT_DELAY, "NoPermission")],
)
def test_changes_take_effect_after_the_worlds_delay(cloud: Cloud, setting: str, code: str) -> None:
    cloud.world.table(Setting).put(Setting(name=setting, value=30.0))
    grant(cloud, account_principal(DESTINATION))
    cloud.world.clock.advance(29)
    with pytest.raises(ApiError) as raised:
        assume_role(cloud.clients("destination"), ROLE, "test", 900)
    assert raised.value.code == code
    cloud.world.clock.advance(1)
    assert assume_role(cloud.clients("destination"), ROLE, "test", 900).security_token
