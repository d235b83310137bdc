"""Sources and transition instances that go away while a job needs them."""

from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as ecs

from tests.support.cloud import Cloud
from tests.support.smc_calls import LONGER_THAN_A_RUN, REGION, WHILE_SYNCING, Smc

SOURCE_REGION = "cn-hangzhou"


@pytest.fixture
def smc(cloud: Cloud) -> Smc:
    return Smc(cloud)


def power(smc: Smc, verb: str) -> None:
    """Start, stop or reboot the source's instance, from its own account."""
    request = getattr(ecs, f"{verb.capitalize()}InstanceRequest")(instance_id="i-source0web1")
    sdk: Any = smc.cloud.clients("source").ecs(SOURCE_REGION)
    getattr(sdk, f"{verb}_instance")(request)


def state(smc: Smc) -> tuple[str, str]:
    (source,) = smc.sources()
    return source.state, source.error_code


def syncing(smc: Smc, **options: Any) -> str:
    job_id = smc.create(smc.source(), **options)
    smc.start(job_id)
    smc.pass_time(WHILE_SYNCING)
    assert smc.job(job_id).business_status == "Syncing"
    return job_id


def test_a_stopped_instance_takes_its_client_offline_and_its_job_fails(smc: Smc) -> None:
    job_id = syncing(smc)
    power(smc, "stop")
    assert state(smc) == ("Unavailable", "SourceServer.Offline")
    job = smc.job(job_id)
    assert (job.status, job.error_code) == ("InError", "SourceServer.Offline")
    assert len(smc.transition_instances()) == 1


def test_with_the_instance_the_client_is_back_and_the_job_goes_on(smc: Smc) -> None:
    job_id = syncing(smc)
    reached = smc.job(job_id).progress
    power(smc, "stop")
    smc.pass_time(60)
    power(smc, "start")
    assert state(smc)[0] == "Unavailable"
    smc.pass_time(60)
    assert state(smc) == ("Available", "")
    assert smc.job(job_id).status == "InError"
    smc.start(job_id)
    assert smc.job(job_id).progress >= reached
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.job(job_id).status == "Finished"


def test_a_reboot_is_an_interruption(smc: Smc) -> None:
    job_id = syncing(smc)
    power(smc, "reboot")
    assert smc.job(job_id).status == "InError"
    smc.pass_time(120)
    assert state(smc) == ("Available", "")


def test_once_the_data_is_there_the_source_may_go(smc: Smc) -> None:
    job_id = syncing(smc)
    smc.pass_time(700)
    assert smc.job(job_id).business_status == "Processing"
    power(smc, "stop")
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.job(job_id).status == "Finished"
    assert state(smc)[0] == "Unavailable"


def test_a_released_transition_instance_ends_the_job_for_good(smc: Smc) -> None:
    job_id = syncing(smc)
    transition = smc.job(job_id).transition_instance_id
    request = ecs.DeleteInstanceRequest(instance_id=transition, force=True)
    smc.cloud.clients("destination").ecs(REGION).delete_instance(request)
    assert (smc.job(job_id).status, smc.job(job_id).error_code) == (
        "InError",
        "ConnectToServerFailed",
    )
    smc.start(job_id)
    assert smc.job(job_id).status == "InError"
    smc.delete(job_id)
    smc.pass_time(60)
    assert smc.create(smc.sources()[0].source_id)


def test_a_target_that_stops_breaks_the_connection(smc: Smc) -> None:
    job_id = syncing(smc, target_type="TargetInstance", instance_id="i-target0files")
    request = ecs.StopInstanceRequest(instance_id="i-target0files")
    smc.cloud.clients("destination").ecs(REGION).stop_instance(request)
    job = smc.job(job_id)
    assert (job.status, job.error_code) == ("InError", "ConnectToServerFailed")
    smc.pass_time(60)
    smc.start(job_id)
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.job(job_id).status == "Finished"


@pytest.mark.parametrize(
    ("script", "ends"),
    [
        ("rm -rf /smc", True),
        ("cd / && rm -fr --one-file-system /smc || exit 1", True),
        ("Remove-Item -LiteralPath 'C:\\smc' -Recurse", True),
        ("rm -rf /smc-backup", False),
        ("rm -rf /smc/go2aliyun_client/Logs", False),
        ("ls /smc", False),
        ("Remove-Item C:\\smc\\Logs", False),
    ],
)
def test_a_client_ends_with_its_folder(smc: Smc, script: str, ends: bool) -> None:
    smc.source()
    request = ecs.RunCommandRequest(
        region_id=SOURCE_REGION,
        instance_id=["i-source0web1"],
        type="RunShellScript",
        command_content=script,
    )
    sdk: Any = smc.cloud.clients("source").ecs(SOURCE_REGION)
    sdk.run_command(request)
    smc.pass_time(60)
    assert state(smc) == (("Unavailable", "SourceServer.Offline") if ends else ("Available", ""))
