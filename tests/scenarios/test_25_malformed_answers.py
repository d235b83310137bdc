"""Scenario 25: answers that are no JSON, are cut, lack what must be there, say what nobody knows.

None is taken for success or for an empty listing, none shows a secret, and each names its request.
"""

import json
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from emulator.ecs.tables import Instance
from emulator.smc.tables import AccessToken, ReplicationJob
from smc.api import access_tokens, images, instances, replication_jobs, snapshots, source_servers
from smc.api.cloud_assistant import available_instances, describe_invocations_of
from smc.catalogue import UNREADABLE
from smc.clients import Clients
from smc.errors import TransientApiError
from tests.support.answers import members, replaced
from tests.support.engine_model import Stack, UpdateError
from tests.support.migration import TARGET_REGION, Migrator
from tests.support.residue import Baseline

Read = Callable[[Clients], Any]

READINGS: dict[str, Read] = {
    "DescribeReplicationJobs": replication_jobs.describe_replication_jobs,
    "DescribeSourceServers": source_servers.describe_source_servers,
    "ListAccessTokens": access_tokens.list_access_tokens,
    "DescribeInstances": lambda c: instances.describe_instances(c, TARGET_REGION),
    "DescribeDisks": lambda c: instances.describe_disks(c, TARGET_REGION, "i-target0files"),
    "DescribeImages": lambda c: images.describe_images(c, TARGET_REGION),
    "DescribeSnapshots": lambda c: snapshots.describe_snapshots(c, TARGET_REGION, {"a": "b"}),
    "DescribeInvocations": lambda c: describe_invocations_of(c, TARGET_REGION, "name"),
    "DescribeCloudAssistantStatus": lambda c: available_instances(
        c, TARGET_REGION, ["i-target0files"]
    ),
}

BODIES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda body: body[: len(body) // 2],
    "a page of a proxy": lambda _: b"<html><body>502 Bad Gateway</body></html>",
    "no object": lambda _: b"[1, 2]",
    "null": lambda _: b"null",
    "an object without members": lambda _: b"{}",
    "nothing but the request": lambda body: json.dumps(
        {"RequestId": json.loads(body)["RequestId"]}
    ).encode(),
    "a text for a number": members(lambda m: m.update(TotalCount="many")),
    "a list for an object": members(
        lambda m: m.update(
            {name: [1] for name, value in m.items() if isinstance(value, dict)} | {"TotalCount": 1}
        )
    ),
    "not UTF-8": lambda _: b"\xff\xfe{}",
}


@pytest.mark.parametrize("action", READINGS)
def test_no_listing_is_taken_for_empty(migrator: Migrator, action: str) -> None:
    for name, body in BODIES.items():
        with replaced(action, body), pytest.raises(TransientApiError) as raised:
            READINGS[action](migrator.clients)
        error = raised.value
        assert (error.code, error.action.partition(":")[2]) == (UNREADABLE, action), name
        assert "; tried " in error.bare
        assert "Fix: " in str(error)
        if name in {"cut", "nothing but the request"}:
            assert f"(request {error.request_id})" in error.bare
        # The budget fills up again.
        migrator.clock.sleep(600)


@pytest.mark.parametrize("action", READINGS)
def test_one_bad_answer_is_asked_for_again(migrator: Migrator, action: str) -> None:
    good = READINGS[action](migrator.clients)
    for name, body in BODIES.items():
        with replaced(action, body, times=1):
            assert READINGS[action](migrator.clients) == good, name


@pytest.mark.parametrize(
    "body", [name for name in BODIES if not name.startswith(("a text", "a list"))]
)
def test_no_change_is_taken_for_done(stack: Stack, body: str) -> None:
    """What was made in vain is there once, and gone with a destroy."""
    before = Baseline.of(stack.cloud.world)
    for action in ("AssumeRole", "CreateAccessToken", "RunCommand", "CreateReplicationJob"):
        with replaced(action, BODIES[body]), pytest.raises(UpdateError, match=UNREADABLE):
            stack.up()
    stack.up()
    assert (stack.failures, set(stack.results.values())) == ({}, {"Finished"})
    stack.destroy()
    assert before.left(stack.cloud.world) == set()


@pytest.mark.parametrize("action", ["AssumeRole", "CreateAccessToken"])
def test_no_secret_of_a_cut_answer_is_shown(migrator: Migrator, action: str) -> None:
    """The SDK's own error quotes all of it."""
    secrets: set[str] = set()

    def cut(body: bytes) -> bytes:
        given = json.loads(body)
        secrets.update(given.get("Credentials", given).values())
        return body[:-1]

    with replaced(action, cut), pytest.raises(TransientApiError) as raised:
        migrator.imported({"web-1": {"name": "web-1"}})
    shown = "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    codes = {code.code for code in migrator.cloud.world.table(AccessToken)}
    hidden = {text for text in secrets if len(text) > 20} - {raised.value.request_id} | codes
    assert hidden
    assert not [secret for secret in hidden if secret in shown]


def test_no_parameter_of_a_request_that_was_not_answered_is_shown(migrator: Migrator) -> None:
    """The command's text is in its address, and it has the activation code."""
    number = 4711
    migrator.cloud.address_file.write_text('{"endpoint": "http://127.0.0.1:1"}')
    with pytest.raises(TransientApiError) as raised:
        access_tokens.create_access_token(migrator.clients, f"canary{number}", 1, 1)
    shown = "".join(traceback.format_exception(raised.value))
    assert "no answer" in shown
    assert f"canary{number}" not in shown


def status_of_jobs(status: str) -> Callable[[bytes], bytes]:
    def change(answer: dict[str, Any]) -> None:
        for job in answer["ReplicationJobs"]["ReplicationJob"]:
            job["Status"] = status

    return members(change)


def test_a_status_that_nobody_knows_is_waited_out(stack: Stack) -> None:
    with replaced("DescribeReplicationJobs", status_of_jobs("Hibernating"), times=9):
        stack.up()
    assert (stack.failures, set(stack.results.values())) == ({}, {"Finished"})


def test_a_status_that_stays_unknown_is_no_success(stack: Stack) -> None:
    before = Baseline.of(stack.cloud.world)
    with replaced("DescribeReplicationJobs", status_of_jobs("Hibernating")):
        stack.up()
    assert set(stack.results.values()) == {"Hibernating"}
    assert all("Hibernating" in reason for reason in stack.failures.values())
    assert stack.failures.keys() == {"web-1", "web-2"}
    assert stack.preview() != []
    with (
        replaced("DescribeReplicationJobs", status_of_jobs("Hibernating")),
        pytest.raises(UpdateError, match="web-1"),
    ):
        stack.destroy()
    stack.up()
    assert set(stack.results.values()) == {"Finished"}
    stack.destroy()
    assert before.left(stack.cloud.world) == set()


def test_states_that_nobody_knows_are_neither_online_nor_ready(stack: Stack) -> None:
    def drowsy(answer: dict[str, Any]) -> None:
        for source in answer["SourceServers"]["SourceServer"]:
            source["State"] = "Drowsy"

    with replaced("DescribeSourceServers", members(drowsy)):
        stack.up()
    assert all("not online" in reason for reason in stack.failures.values())
    assert list(stack.cloud.world.table(ReplicationJob)) == []
    stack.up()
    assert set(stack.results.values()) == {"Finished"}


def test_an_unknown_end_of_a_command_is_not_taken_for_a_registration(stack: Stack) -> None:
    def dreaming(answer: dict[str, Any]) -> None:
        for invocation in answer["Invocations"]["Invocation"]:
            for each in invocation["InvokeInstances"]["InvokeInstance"]:
                each |= {"InvocationStatus": "Dreaming", "Output": ""}

    with replaced("DescribeInvocations", members(dreaming)):
        stack.up()
    assert all("not online" in reason for reason in stack.failures.values())
    assert stack.cloud.world.table(Instance).get("i-source0web1") is not None
    stack.up()
    assert set(stack.results.values()) == {"Finished"}
