"""Quotas, client tokens, names, times: what a world of SMC holds, and when a job runs by itself."""

from dataclasses import replace
from typing import Any

import pytest
from alibabacloud_smc20190601 import models as sdk
from Tea.exceptions import TeaException

from emulator.identity.tables import Account
from emulator.service import ApiError
from emulator.smc import client
from tests.support.cloud import Cloud
from tests.support.smc_calls import DAY, HOUR, LONGER_THAN_A_RUN, Smc


@pytest.fixture
def smc(cloud: Cloud) -> Smc:
    return Smc(cloud)


def refused(smc: Smc, source_id: str, **options: Any) -> tuple[str, int]:
    """Code and HTTP status with which a job is refused."""
    with pytest.raises(TeaException) as raised:
        smc.create(source_id, **options)
    return str(raised.value.code), raised.value.data["statusCode"]


def test_the_quota_of_jobs(smc: Smc) -> None:
    smc.setting("smc.jobs_quota", 1)
    first, second = smc.source(), smc.source("i-source0web2")
    smc.create(first)
    assert refused(smc, second) == ("QuotaExceeded.ReplicationJob", 400)


def test_the_quota_of_sources(smc: Smc) -> None:
    smc.setting("smc.source_servers_quota", 1)
    smc.source()
    with pytest.raises(ApiError, match=r"QuotaExceeded\.SourceServer"):
        smc.source("i-source0web2")


def test_the_quota_of_running_jobs_lets_the_next_one_start_when_there_is_room(smc: Smc) -> None:
    smc.setting("smc.running_jobs_quota", 1)
    first = smc.create(smc.source())
    second = smc.create(smc.source("i-source0web2"))
    smc.start(first)
    with pytest.raises(TeaException, match=r"QuotaExceeded\.ReplicationJob"):
        smc.start(second)
    smc.pass_time(LONGER_THAN_A_RUN)
    smc.start(second)
    assert smc.job(second).status == "Running"


def test_a_scheduled_job_waits_for_room(smc: Smc) -> None:
    smc.setting("smc.running_jobs_quota", 1)
    first = smc.create(smc.source("i-source0app1"))
    second = smc.create(smc.source(), scheduled_start_time=smc.later(60))
    smc.start(first)
    smc.pass_time(120)
    assert smc.job(second).status == "Ready"
    smc.pass_time(DAY)
    assert smc.job(second).status == "Finished"
    ended = smc.runs(first)[-1].end_time
    assert smc.runs(second)[0].start_time >= ended


def test_the_same_token_gives_the_same_job_and_no_other_parameters(smc: Smc) -> None:
    source_id = smc.source()
    job_id = smc.create(source_id, client_token="token", name="one")
    assert smc.create(source_id, client_token="token", name="one") == job_id
    assert refused(smc, source_id, client_token="token", name="two") == (
        "IdempotentParameterMismatch",
        403,
    )
    assert [job.name for job in smc.jobs()] == ["one"]


def test_a_refused_call_does_not_use_its_token_up(smc: Smc) -> None:
    source_id = smc.source()
    assert refused(smc, source_id, client_token="token", net_mode=2)[0] == "MissingVSwitchId"
    assert smc.create(source_id, client_token="token")


def test_an_account_without_the_service_role_makes_no_jobs(smc: Smc) -> None:
    source_id = smc.source()
    account = smc.world.table(Account).get(smc.source_row(source_id).account_id)
    assert account
    with smc.world.transaction():
        smc.world.table(Account).put(replace(account, service_role_for_smc=False))
    assert refused(smc, source_id) == ("EntityNotExist.Role", 403)


@pytest.mark.parametrize("seconds", [-60, 31 * DAY])
def test_a_start_is_scheduled_within_thirty_days(smc: Smc, seconds: float) -> None:
    time = smc.later(seconds)
    code, _ = refused(smc, smc.source(), scheduled_start_time=time)
    assert code == "InvalidParameter.ScheduledStartTime"


@pytest.mark.parametrize("seconds", [6 * DAY, 91 * DAY])
def test_validity_is_seven_to_ninety_days(smc: Smc, seconds: float) -> None:
    code, _ = refused(smc, smc.source(), valid_time=smc.later(seconds))
    assert code == "InvalidParameter.ValidTime"


def test_a_schedule_without_its_source_leaves_the_job_ready(smc: Smc) -> None:
    source_id = smc.source()
    job_id = smc.create(source_id, scheduled_start_time=smc.later(HOUR))
    with smc.world.transaction():
        client.lose_client(smc.world, smc.source_row(source_id))
    smc.pass_time(2 * HOUR)
    assert smc.job(job_id).status == "Ready"


def test_filters_are_joined_by_and(smc: Smc) -> None:
    first = smc.create(smc.source(), name="one", resource_group_id="rg-1")
    second = smc.create(
        smc.source("i-source0files"), target_type="TargetInstance", instance_id="i-target0files"
    )

    def found(**filters: Any) -> list[str]:
        return [job.job_id for job in smc.jobs(**filters)]

    assert found() == [first, second]
    assert found(instance_id=["i-target0files", "i-other"]) == [second]
    assert found(resource_group_id="rg-1") == [first]
    assert found(job_type=0, name="one") == [first]
    assert found(job_type=2) == []
    assert found(job_id=[first, second], status="Ready", name="two") == []


def test_sources_are_found_by_their_jobs(smc: Smc) -> None:
    one, two = smc.source(), smc.source("i-source0web2")
    job_id = smc.create(two)
    assert [s.source_id for s in smc.sources(job_id=job_id)] == [two]
    assert [s.source_id for s in smc.sources(related_job_type=["0"])] == [two]
    assert [s.job_id for s in smc.sources(source_id=[one])] == [""]


def test_tags_of_all_resources_of_a_type_are_listed(smc: Smc) -> None:
    tag = sdk.CreateReplicationJobRequestTag
    tagged = smc.create(smc.source(), tag=[tag(key="wave", value="1"), tag(key="team", value="a")])
    smc.create(smc.source("i-source0web2"), tag=[tag(key="wave", value="2")])
    request = sdk.ListTagResourcesRequest(
        resource_type="replicationjob", tag=[sdk.ListTagResourcesRequestTag(key="wave", value="1")]
    )
    body = smc.sdk.list_tag_resources(request).body
    assert {(r.resource_id, r.tag_key) for r in body.tag_resources.tag_resource} == {
        (tagged, "wave"),
        (tagged, "team"),
    }
    twice = sdk.ListTagResourcesRequest(
        resource_type="replicationjob", resource_id=[tagged, tagged]
    )
    with pytest.raises(TeaException, match=r"Duplicate\.ResourceId"):
        smc.sdk.list_tag_resources(twice)
