import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smc.policies import (
    CHANGING_ACTION,
    LONGEST_SESSION_POLICY,
    SOURCE_ACTIONS,
    account_principal,
    commanding_session,
    document,
    instance_arn,
    reading_session,
    role_arn,
    session_batches,
    source_policy,
    trust_policy,
    user_principal,
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
    assert statement == {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"RAM": ["acs:ram::2000000000000002:root"]},
    }


def test_an_external_id_is_a_condition_of_the_trust() -> None:
    document = trust_policy(account_principal("2000000000000002"), "word")
    (statement,) = json.loads(document)["Statement"]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "word"}}


def test_a_strict_policy_limits_the_command_and_nothing_else() -> None:
    web = instance_arn("cn-hangzhou", "1000000000000001", "i-web")
    reading, running = json.loads(source_policy([web, web]))["Statement"]
    command = "acs:ecs:cn-hangzhou:1000000000000001:command/*"
    assert running == {"Action": [CHANGING_ACTION], "Resource": [command, web], "Effect": "Allow"}
    assert web == "acs:ecs:cn-hangzhou:1000000000000001:instance/i-web"
    assert reading["Resource"] == "*"
    assert set(reading["Action"]) == SEED_ACTIONS - {"ecs:RunCommand"}


def test_documents_are_without_blanks_in_a_fixed_order() -> None:
    """RAM counts characters, and a document that differs in form alone is no change."""
    assert document({"Resource": "*", "Action": ["b", "a"], "Effect": "Deny"}) == (
        '{"Statement":[{"Action":["b","a"],"Effect":"Deny","Resource":"*"}],"Version":"1"}'
    )
    assert json.loads(document({"Effect": "Allow"}, {"Effect": "Deny"}))["Statement"] == [
        {"Effect": "Allow"},
        {"Effect": "Deny"},
    ]


def test_names_of_principals_and_objects() -> None:
    account = "2000000000000002"
    assert account_principal(account) == f"acs:ram::{account}:root"
    assert user_principal(account, "operator") == f"acs:ram::{account}:user/operator"
    assert role_arn(account, "pipeline") == f"acs:ram::{account}:role/pipeline"


def test_a_strict_policy_without_instances_has_no_statement_for_commands() -> None:
    (reading,) = json.loads(source_policy([]))["Statement"]
    assert set(reading["Action"]) == SEED_ACTIONS - {"ecs:RunCommand"}


def test_a_reading_session_runs_no_command() -> None:
    (statement,) = json.loads(reading_session())["Statement"]
    assert set(statement["Action"]) < SEED_ACTIONS - {"ecs:RunCommand"}
    assert all(action.startswith("ecs:Describe") for action in statement["Action"])
    assert (statement["Effect"], statement["Resource"]) == ("Allow", "*")
    assert len(reading_session()) <= LONGEST_SESSION_POLICY


def test_a_commanding_session_runs_commands_on_its_instances_and_does_nothing_else() -> None:
    web = instance_arn("cn-hangzhou", "1000000000000001", "i-web")
    (statement,) = json.loads(commanding_session([web]))["Statement"]
    assert statement["Action"] == ["ecs:RunCommand"]
    assert [r for r in statement["Resource"] if ":instance/" in r] == [web]
    assert statement["Resource"] == ["acs:ecs:cn-hangzhou:1000000000000001:command/*", web]


IDS = st.from_regex(r"i-[a-z0-9]{8,64}", fullmatch=True)


@given(st.lists(IDS, unique=True, max_size=120), st.integers(1, 100))
def test_batches_lose_no_instance_and_fit_into_a_session(ids: list[str], largest: int) -> None:
    arns = [instance_arn("ap-southeast-1", "1000000000000001", each) for each in ids]
    batches = list(session_batches(arns, largest))
    assert [arn for batch in batches for arn in batch] == arns
    for batch in batches:
        assert 0 < len(batch) <= largest
        assert len(commanding_session(batch)) <= LONGEST_SESSION_POLICY
    for batch, following in pairwise(batches):
        # As few sessions as possible: the next instance would have been one too many.
        grown = commanding_session([*batch, following[0]])
        assert len(batch) == largest or len(grown) > LONGEST_SESSION_POLICY


@pytest.mark.parametrize(("more", "sizes"), [(0, [3]), (1, [2, 1])])
def test_a_batch_may_fill_a_session_to_the_last_character(more: int, sizes: list[int]) -> None:
    def arn(id_: str) -> str:
        return instance_arn("ap-southeast-1", "1000000000000001", id_)

    arns = [arn("i-1"), arn("i-2")]
    room = LONGEST_SESSION_POLICY - len(commanding_session([*arns, arn("i-3")]))
    arns.append(arn("i-3" + "x" * (room + more)))
    assert len(commanding_session(arns)) == LONGEST_SESSION_POLICY + more
    assert [len(batch) for batch in session_batches(arns, 100)] == sizes
