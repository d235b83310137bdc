"""Every fault as the official SDKs see it, and what it leaves in the world."""

from datetime import timedelta
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as ecs
from alibabacloud_ram20150501 import models as ram
from alibabacloud_smc20190601 import models as smc
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.exceptions import AlibabaCloudException, ClientException
from alibabacloud_tea_openapi.models import Config
from darabonba.exceptions import UnretryableException

from emulator.http.faults import Fault
from emulator.http.incidents import ClientOffline, ClientOnline, JobFailure, SessionExpiry
from emulator.identity.tables import Session, User
from smc.api.sts import assume_role
from smc.policies import account_principal
from tests.emulator.test_identity import ROLE, grant
from tests.emulator.test_signatures import sts
from tests.support.cloud import DESTINATION, Cloud
from tests.support.faults import arm, happen, outcomes
from tests.support.registration import register


def create_user(cloud: Cloud, name: str) -> None:
    cloud.clients("source").ram().create_user(ram.CreateUserRequest(user_name=name))


def user_names(cloud: Cloud) -> set[str]:
    return {user.name for user in cloud.world.table(User)}


@pytest.mark.parametrize(
    ("kind", "details", "code", "status"),
    [
        ("throttle", {}, "Throttling.User", 400),
        ("error", {}, "ServiceUnavailable", 503),
        ("error", {"code": "InternalError", "status": 500}, "InternalError", 500),
    ],
)
def test_refusals(cloud: Cloud, kind: str, details: dict[str, Any], code: str, status: int) -> None:
    arm(cloud, kind, "CreateUser", count=2, **details)
    for name in ("first", "second"):
        with pytest.raises(AlibabaCloudException) as raised:
            create_user(cloud, name)
        assert (raised.value.code, raised.value.status_code) == (code, status)
    create_user(cloud, "third")
    assert {"first", "second", "third"} & user_names(cloud) == {"third"}
    assert outcomes(cloud) == [code, code, "OK"]


def test_a_refusal_can_ask_to_be_left_alone(cloud: Cloud) -> None:
    arm(cloud, "throttle", "CreateUser", seconds=1.5)
    arm(cloud, "error", "CreateUser")
    asked = []
    for _ in range(2):
        with pytest.raises(AlibabaCloudException) as raised:
            create_user(cloud, "someone")
        asked.append(raised.value.retry_after)
    assert asked == [1500, None]


@pytest.mark.parametrize(
    ("kind", "told", "made", "outcome"),
    [
        ("reset", "Connection reset by peer", False, "ConnectionDropped"),
        ("lost", "Connection reset by peer", True, "OK"),
        ("truncated", "Failed to parse the value as json", True, "OK"),
    ],
)
def test_answers_that_do_not_arrive(
    cloud: Cloud, kind: str, told: str, made: bool, outcome: str
) -> None:
    arm(cloud, kind, "CreateUser")
    with pytest.raises(Exception, match=told):
        create_user(cloud, "someone")
    assert ("someone" in user_names(cloud)) is made
    assert outcomes(cloud) == [outcome]


@pytest.mark.parametrize("latency", [False, True])
def test_slow_answers_come_after_the_client_has_given_up(cloud: Cloud, latency: bool) -> None:
    if latency:
        cloud.server.gateway.latency_seconds = 5
    else:
        arm(cloud, "slow", seconds=5)
    with pytest.raises(UnretryableException, match="Read timed out"):
        sts(cloud, read_timeout=50).get_caller_identity()
    assert outcomes(cloud) == ["OK"]


def test_a_stale_listing_shows_what_was(cloud: Cloud) -> None:
    client = cloud.clients("destination").smc()
    create = smc.CreateAccessTokenRequest

    def listed() -> list[str]:
        body = client.list_access_tokens(smc.ListAccessTokensRequest()).body
        return [token.name for token in body.access_tokens.access_token]

    first = client.create_access_token(create(name="first")).body.access_token_id
    cloud.world.clock.advance(60)
    client.create_access_token(create(name="second"))
    client.delete_access_token(smc.DeleteAccessTokenRequest(access_token_id=first))
    arm(cloud, "stale", seconds=30, count=1)
    arm(cloud, "stale", seconds=90, count=1)
    assert [listed(), listed(), listed()] == [["first"], [], ["second"]]


def test_a_stale_fault_leaves_changes_alone(cloud: Cloud) -> None:
    arm(cloud, "stale", seconds=30)
    create_user(cloud, "someone")
    assert "someone" in user_names(cloud)
    assert cloud.server.gateway.faults.listed()[0]["left"] == 1


def test_a_share_of_calls_is_hit_the_same_ones_in_every_world_of_a_seed(cloud: Cloud) -> None:
    def hits() -> list[bool]:
        faults = type(cloud.server.gateway.faults)(cloud.world)
        faults.arm(Fault(kind="throttle", share=0.25))
        return [faults.take("sts", "AssumeRole") is not None for _ in range(1000)]

    once = hits()
    assert once == hits()
    assert 200 < sum(once) < 300


def start_job(cloud: Cloud) -> tuple[str, str]:
    """A job that is Syncing, and its source server."""
    (source,) = register(cloud, "i-source0web1")
    client = cloud.clients("destination").smc()
    wanted = smc.CreateReplicationJobRequest(
        region_id="ap-northeast-1", source_id=source.source_id, image_name="web"
    )
    job_id = client.create_replication_job(wanted).body.job_id
    client.start_replication_job(smc.StartReplicationJobRequest(job_id=job_id))
    cloud.world.clock.advance(200)
    return job_id, source.source_id


def job(cloud: Cloud, job_id: str) -> Any:
    wanted = smc.DescribeReplicationJobsRequest(job_id=[job_id])
    body = cloud.clients("destination").smc().describe_replication_jobs(wanted).body
    return body.replication_jobs.replication_job[0]


def source(cloud: Cloud, source_id: str) -> Any:
    wanted = smc.DescribeSourceServersRequest(source_id=[source_id])
    body = cloud.clients("destination").smc().describe_source_servers(wanted).body
    return body.source_servers.source_server[0]


@pytest.mark.parametrize("by", ["job", "source", "instance", "any"])
def test_a_job_fails_at_the_progress_that_was_asked_for_and_goes_on_from_there(
    cloud: Cloud, by: str
) -> None:
    job_id, source_id = start_job(cloud)
    subjects = {"job": job_id, "source": source_id, "instance": "i-source0web1", "any": "*"}
    happen(cloud, JobFailure(kind="job_failure", subject=subjects[by], at_percent=40, code="S1"))
    cloud.world.clock.advance(3600)
    failed = job(cloud, job_id)
    assert (failed.status, failed.progress, failed.error_code) == ("InError", 40, "S1")
    cloud.clients("destination").smc().start_replication_job(
        smc.StartReplicationJobRequest(job_id=job_id)
    )
    assert job(cloud, job_id).progress == 40
    cloud.world.clock.advance(2 * 3600)
    assert job(cloud, job_id).status == "Finished"


def test_a_failure_behind_the_progress_does_not_strike(cloud: Cloud) -> None:
    job_id, _ = start_job(cloud)
    cloud.world.clock.advance(600)
    assert job(cloud, job_id).progress > 10
    happen(cloud, JobFailure(kind="job_failure", at_percent=10))
    cloud.world.clock.advance(2 * 3600)
    assert job(cloud, job_id).status == "Finished"


def test_a_client_that_goes_offline_fails_its_job_and_can_come_back(cloud: Cloud) -> None:
    job_id, source_id = start_job(cloud)
    happen(cloud, ClientOffline(kind="client_offline", subject=source_id))
    lost = source(cloud, source_id)
    assert (lost.state, lost.error_code) == ("Unavailable", "SourceServer.Offline")
    assert job(cloud, job_id).status == "InError"
    restart = smc.StartReplicationJobRequest(job_id=job_id)
    client = cloud.clients("destination").smc()
    with pytest.raises(ClientException) as raised:
        client.start_replication_job(restart)
    assert raised.value.code == "SourceServerState.Invalid"
    happen(cloud, ClientOnline(kind="client_online"))
    back = source(cloud, source_id)
    assert (back.state, back.error_code) == ("Available", "")
    client.start_replication_job(restart)
    assert source(cloud, source_id).state == "InUse"


def test_a_client_that_goes_when_the_data_is_there_does_not_fail_its_job(cloud: Cloud) -> None:
    job_id, source_id = start_job(cloud)
    while job(cloud, job_id).business_status != "Processing":
        cloud.world.clock.advance(60)
    happen(cloud, ClientOffline(kind="client_offline", subject=source_id))
    cloud.world.clock.advance(3600)
    assert job(cloud, job_id).status == "Finished"
    assert source(cloud, source_id).state == "Unavailable"


@pytest.mark.parametrize("subject", ["*", "first"])
def test_sessions_end_at_once(cloud: Cloud, subject: str) -> None:
    grant(cloud, account_principal(DESTINATION))
    clients = cloud.clients("destination")
    first, other = (assume_role(clients, ROLE, name, 900) for name in ("first", "other"))
    happen(cloud, SessionExpiry(kind="session_expiry", subject=subject))
    for session, ended in ((first, True), (other, subject == "*")):
        client = StsClient(
            Config(
                access_key_id=session.access_key_id,
                access_key_secret=session.access_key_secret,
                security_token=session.security_token,
                endpoint=cloud.described["endpoint"].removeprefix("http://"),
                protocol="http",
            )
        )
        if ended:
            with pytest.raises(ClientException) as raised:
                client.get_caller_identity()
            assert raised.value.code == "InvalidSecurityToken.Expired"
        else:
            client.get_caller_identity()


def test_session_row_keeps_its_owner(cloud: Cloud) -> None:
    grant(cloud, account_principal(DESTINATION))
    assume_role(cloud.clients("destination"), ROLE, "first", 3600)
    (before,) = cloud.world.table(Session)
    happen(cloud, SessionExpiry(kind="session_expiry"))
    (after,) = cloud.world.table(Session)
    assert before.expiration - after.expiration > timedelta(seconds=3000)
    assert (after.session_name, after.account_id) == (before.session_name, before.account_id)


def test_faults_of_one_service_leave_the_others_alone(cloud: Cloud) -> None:
    arm(cloud, "throttle", service="sts")
    cloud.clients("source").ecs("cn-hangzhou").describe_regions(ecs.DescribeRegionsRequest())
    with pytest.raises(ClientException):
        sts(cloud).get_caller_identity()
