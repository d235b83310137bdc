"""SMC's states through its official SDK; time passes only when the test says so."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_smc20190601 import models as sdk

from smc.api import access_tokens, instances, replication_jobs, source_servers
from smc.api.cloud_assistant import describe_invocation, run_command
from smc.errors import ApiError
from smc.models import ReplicationJob, SourceServer
from tests.support.cloud import Cloud

REGION = "ap-northeast-1"
SCRIPT = (
    "acs-plugin-manager -e -P smc-client-plugin -p '--access_token_id={},--access_token_code={}'"
)


def register(cloud: Cloud, *instance_ids: str, count: int = 10) -> list[SourceServer]:
    """Register instances of the source account with a new activation code."""
    destination, source = cloud.clients("destination"), cloud.clients("source")
    code = access_tokens.create_access_token(destination, "code", count, 1)
    run_command(
        source,
        "cn-hangzhou",
        instance_ids,
        name="import",
        os_type="linux",
        script=SCRIPT.format(code.access_token_id, code.code),
        timeout_seconds=1800,
        client_token=code.access_token_id,
    )
    pass_time(cloud, 700)
    return source_servers.describe_source_servers(destination)


def pass_time(cloud: Cloud, seconds: float) -> None:
    cloud.world.clock.advance(seconds)


def create(cloud: Cloud, source: SourceServer, name: str = "job-1", **changes: Any) -> str:
    request = {
        "region_id": REGION,
        "source_id": source.source_id,
        "name": name,
        "image_name": f"{name}-image",
        "target_type": "Image",
        "run_once": True,
    } | changes
    return replication_jobs.create_replication_job(
        cloud.clients("destination"), sdk.CreateReplicationJobRequest(**request)
    )


def job(cloud: Cloud, job_id: str) -> ReplicationJob:
    (found,) = replication_jobs.describe_replication_jobs(cloud.clients("destination"), [job_id])
    return found


def refused(code: str, act: Callable[[], Any]) -> None:
    with pytest.raises(ApiError) as raised:
        act()
    assert raised.value.code == code


def test_an_activation_code_registers_a_server_once(cloud: Cloud) -> None:
    (first,) = register(cloud, "i-source0web1")
    (again,) = register(cloud, "i-source0web1")
    assert first.source_id == again.source_id
    assert first.state == "Available"
    assert (first.hostname, first.ipv4) == ("web-1", "192.168.0.11")
    assert first.disk_sizes_gib == (40,)


def test_a_code_registers_no_more_servers_than_its_count(cloud: Cloud) -> None:
    assert len(register(cloud, "i-source0web1", "i-source0web2", count=1)) == 1


def test_a_revoked_code_registers_nothing(cloud: Cloud) -> None:
    destination, source = cloud.clients("destination"), cloud.clients("source")
    code = access_tokens.create_access_token(destination, "code", 1, 1)
    access_tokens.delete_access_token(destination, code.access_token_id)
    invoke_id = run_command(
        source,
        "cn-hangzhou",
        ["i-source0web1"],
        name="import",
        os_type="linux",
        script=SCRIPT.format(code.access_token_id, code.code),
        timeout_seconds=1800,
        client_token="t",
    )
    pass_time(cloud, 700)
    (result,) = describe_invocation(source, "cn-hangzhou", invoke_id)
    assert (result.status, result.exit_code) == ("Failed", 1)
    assert "activation code is invalid" in result.output
    assert source_servers.describe_source_servers(destination) == []


def test_run_command_is_refused_as_a_whole_or_repeated_with_its_token(cloud: Cloud) -> None:
    source = cloud.clients("source")

    def run(*ids: str, os_type: str = "linux", token: str = "t", script: str = "true") -> str:
        return run_command(
            source,
            "cn-hangzhou",
            ids,
            name="x",
            os_type=os_type,
            script=script,
            timeout_seconds=60,
            client_token=token,
        )

    refused("InvalidInstance.NotFound", lambda: run("i-source0web1", "i-missing"))
    refused("InvalidInstance.NotMatch", lambda: run("i-source0web1", "i-source0db1"))
    refused("CmdContent.ExceedLimit", lambda: run("i-source0web1", script="#" * 25_000))
    assert run("i-source0web1", token="same") == run("i-source0web1", token="same")
    refused("IdempotentParameterMismatch", lambda: run("i-source0web2", token="same"))


def test_command_text_is_shown_as_the_api_shows_it(cloud: Cloud) -> None:
    from alibabacloud_ecs20140526 import models

    register(cloud, "i-source0web1")
    request = models.DescribeInvocationsRequest(region_id="cn-hangzhou")
    body = cloud.clients("source").ecs("cn-hangzhou").describe_invocations(request).body
    (invocation,) = body.invocations.invocation
    assert b"smc-client-plugin" in base64.b64decode(invocation.command_content)


def test_a_job_runs_through_its_phases_and_leaves_an_image(cloud: Cloud) -> None:
    (source,) = register(cloud, "i-source0web1")
    destination = cloud.clients("destination")
    job_id = create(cloud, source)
    assert job(cloud, job_id).status == "Ready"
    replication_jobs.start_replication_job(destination, job_id)
    seen = []
    for _ in range(40):
        now = job(cloud, job_id)
        seen.append((now.status, now.business_status))
        if now.status == "Running":
            (transition,) = instances.describe_instances(
                destination, REGION, [now.transition_instance_id]
            )
            assert transition.name == "No_Delete_SMC_Transition_Instance"
            (used,) = source_servers.describe_source_servers(destination, [source.source_id])
            assert used.state == "InUse"
        pass_time(cloud, 60)
    assert list(dict.fromkeys(seen)) == [
        ("Running", "Preparing"),
        ("Running", "Syncing"),
        ("Running", "Processing"),
        ("Running", "Cleaning"),
        ("Finished", ""),
    ]
    done = job(cloud, job_id)
    assert done.progress == 100
    assert done.image_id.startswith("m-")
    left = instances.describe_instances(destination, REGION, [done.transition_instance_id])
    assert left == []


def test_progress_only_grows_and_a_stopped_job_goes_on_where_it_was(cloud: Cloud) -> None:
    (source,) = register(cloud, "i-source0web1")
    destination = cloud.clients("destination")
    job_id = create(cloud, source)
    replication_jobs.start_replication_job(destination, job_id)
    refused(
        "ReplicationJob.InvalidBusinessStatus",
        lambda: replication_jobs.stop_replication_job(destination, job_id),
    )
    pass_time(cloud, 500)
    before = job(cloud, job_id)
    assert before.business_status == "Syncing"
    replication_jobs.stop_replication_job(destination, job_id)
    stopped = job(cloud, job_id)
    assert (stopped.status, stopped.progress) == ("Stopped", before.progress)
    pass_time(cloud, 10_000)
    assert job(cloud, job_id).progress == before.progress
    assert instances.describe_instances(destination, REGION, [before.transition_instance_id])
    replication_jobs.start_replication_job(destination, job_id)
    resumed = job(cloud, job_id)
    assert resumed.progress >= before.progress
    assert resumed.transition_instance_id == before.transition_instance_id


def test_who_may_do_what_when(cloud: Cloud) -> None:
    (source,) = register(cloud, "i-source0web1")
    destination = cloud.clients("destination")
    job_id = create(cloud, source)
    refused("SourceServerState.Invalid", lambda: create(cloud, source, "job-2"))
    refused(
        "ReplicationJob.InvalidStatus",
        lambda: replication_jobs.stop_replication_job(destination, job_id),
    )
    replication_jobs.start_replication_job(destination, job_id)
    refused(
        "ReplicationJob.InvalidStatus",
        lambda: replication_jobs.start_replication_job(destination, job_id),
    )
    refused(
        "ReplicationJob.InvalidStatus",
        lambda: replication_jobs.delete_replication_job(destination, job_id),
    )
    refused(
        "SourceServer.WithRunningReplicationJob",
        lambda: source_servers.delete_source_server(destination, source.source_id),
    )
    pass_time(cloud, 10_000)
    refused(
        "ReplicationJob.Related",
        lambda: source_servers.delete_source_server(destination, source.source_id),
    )
    replication_jobs.delete_replication_job(destination, job_id)
    assert job(cloud, job_id).status == "Deleting"
    pass_time(cloud, 60)
    assert replication_jobs.describe_replication_jobs(destination) == []
    source_servers.delete_source_server(destination, source.source_id)
    assert source_servers.describe_source_servers(destination) == []


def test_names_are_unique_and_client_tokens_repeat(cloud: Cloud) -> None:
    first, second = register(cloud, "i-source0web1", "i-source0web2")
    job_id = create(cloud, first, client_token="token")
    assert create(cloud, first, client_token="token") == job_id
    refused("ReplicationJobName.Duplicate", lambda: create(cloud, second))
    refused(
        "ImageName.UsedByReplicationJob",
        lambda: create(cloud, second, "job-2", image_name="job-1-image"),
    )


def test_an_expired_job_is_kept_for_seven_days(cloud: Cloud) -> None:
    (source,) = register(cloud, "i-source0web1")
    job_id = create(cloud, source)
    pass_time(cloud, 30 * 86_400 + 60)
    assert job(cloud, job_id).status == "Expired"
    pass_time(cloud, 7 * 86_400)
    assert replication_jobs.describe_replication_jobs(cloud.clients("destination")) == []


@pytest.mark.parametrize("job_type", [1, 2, 3])
def test_what_is_not_modelled_says_so(cloud: Cloud, job_type: int) -> None:
    (source,) = register(cloud, "i-source0web1")
    refused("Emulator.NotModelled", lambda: create(cloud, source, job_type=job_type))


def test_pages_are_at_most_fifty(cloud: Cloud) -> None:
    client = cloud.clients("destination").smc()
    with pytest.raises(Exception, match="PageSize"):
        client.describe_replication_jobs(sdk.DescribeReplicationJobsRequest(page_size=51))
