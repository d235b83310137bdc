"""Commands that world files answer, that take parameters, are kept, stopped, or never arrive."""

import base64
import json
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as sdk

from tests.support.cloud import Cloud
from tests.support.ecs_world import REGION, client, refusal


def run(cloud: Cloud, script: str, *ids: str, **changes: Any) -> Any:
    request = sdk.RunCommandRequest(
        region_id=REGION,
        type="RunShellScript",
        command_content=script,
        instance_id=list(ids) or ["i-web"],
        **changes,
    )
    return client(cloud).run_command(request).body


def results(cloud: Cloud, invoke_id: str, **changes: Any) -> Any:
    request = sdk.DescribeInvocationResultsRequest(
        region_id=REGION, invoke_id=invoke_id, content_encoding="PlainText", **changes
    )
    body = client(cloud).describe_invocation_results(request).body
    return body.invocation.invocation_results.invocation_result


def result(cloud: Cloud, invoke_id: str) -> Any:
    (found,) = results(cloud, invoke_id)
    return found


def whole(cloud: Cloud, invoke_id: str) -> Any:
    request = sdk.DescribeInvocationsRequest(region_id=REGION, invoke_id=invoke_id)
    (found,) = client(cloud).describe_invocations(request).body.invocations.invocation
    return found


def test_a_script_comes_to_what_the_world_file_says(ecs_cloud: Cloud) -> None:
    found = result(ecs_cloud, run(ecs_cloud, "uname -r").invoke_id)
    assert (found.invocation_status, found.output, found.exit_code) == ("Success", "5.15.0\n", 0)


def test_an_answer_by_the_name_of_the_command_takes_its_time(ecs_cloud: Cloud) -> None:
    invoke_id = run(ecs_cloud, "df -h", name="disk-check").invoke_id
    assert result(ecs_cloud, invoke_id).invocation_status == "Running"
    assert whole(ecs_cloud, invoke_id).invocation_status == "Running"
    ecs_cloud.world.clock.advance(20)
    found = result(ecs_cloud, invoke_id)
    assert (found.invocation_status, found.error_code) == ("Failed", "ExitCodeNonzero")
    assert (found.output, found.exit_code) == ("full\n", 3)
    assert whole(ecs_cloud, invoke_id).invocation_status == "Failed"


def test_a_script_that_nobody_answers_ends_well_and_silent(ecs_cloud: Cloud) -> None:
    # The instance is no shell: not even this has an output.
    found = result(ecs_cloud, run(ecs_cloud, "echo hello; exit 1").invoke_id)
    assert (found.invocation_status, found.output, found.exit_code) == ("Success", "", 0)


def test_the_output_is_encoded_unless_plain_text_is_asked_for(ecs_cloud: Cloud) -> None:
    invoke_id = run(ecs_cloud, "uname -r").invoke_id
    request = sdk.DescribeInvocationResultsRequest(region_id=REGION, invoke_id=invoke_id)
    body = client(ecs_cloud).describe_invocation_results(request).body
    (found,) = body.invocation.invocation_results.invocation_result
    assert base64.b64decode(found.output).decode() == "5.15.0\n"


def test_output_beyond_24_kib_is_dropped_and_counted(ecs_cloud: Cloud) -> None:
    found = result(ecs_cloud, run(ecs_cloud, "chatty").invoke_id)
    assert len(found.output.encode()) == 24 * 1024
    assert found.dropped == 26_000 - 24 * 1024


def test_a_command_is_stopped_where_it_runs(ecs_cloud: Cloud) -> None:
    invoke_id = run(ecs_cloud, "endless", "i-web", "i-deaf", timeout=3600).invoke_id
    assert whole(ecs_cloud, invoke_id).invocation_status == "Pending"
    client(ecs_cloud).stop_invocation(
        sdk.StopInvocationRequest(region_id=REGION, invoke_id=invoke_id)
    )
    statuses = {r.instance_id: r.invocation_status for r in results(ecs_cloud, invoke_id)}
    assert statuses == {"i-web": "Terminated", "i-deaf": "Cancelled"}
    assert whole(ecs_cloud, invoke_id).invocation_status == "Stopped"
    ecs_cloud.world.clock.advance(7200)
    statuses = {r.instance_id: r.invocation_status for r in results(ecs_cloud, invoke_id)}
    assert statuses == {"i-web": "Terminated", "i-deaf": "Cancelled"}


def test_an_agent_that_does_not_answer_is_given_up_after_a_minute(ecs_cloud: Cloud) -> None:
    invoke_id = run(ecs_cloud, "true", "i-deaf").invoke_id
    assert result(ecs_cloud, invoke_id).invocation_status == "Pending"
    ecs_cloud.world.clock.advance(60)
    found = result(ecs_cloud, invoke_id)
    assert (found.invocation_status, found.error_code) == ("Aborted", "ClientNotResponse")
    status = client(ecs_cloud).describe_cloud_assistant_status(
        sdk.DescribeCloudAssistantStatusRequest(region_id=REGION, instance_id=["i-deaf"])
    )
    (shown,) = status.body.instance_cloud_assistant_status_set.instance_cloud_assistant_status
    assert shown.cloud_assistant_status == "false"
    client(ecs_cloud).install_cloud_assistant(
        sdk.InstallCloudAssistantRequest(region_id=REGION, instance_id=["i-deaf"])
    )
    again = run(ecs_cloud, "true", "i-deaf").invoke_id
    assert result(ecs_cloud, again).invocation_status == "Success"


def test_a_reboot_interrupts_what_runs(ecs_cloud: Cloud) -> None:
    invoke_id = run(ecs_cloud, "endless", timeout=3600).invoke_id
    client(ecs_cloud).reboot_instance(sdk.RebootInstanceRequest(instance_id="i-web"))
    found = result(ecs_cloud, invoke_id)
    assert (found.invocation_status, found.error_code) == ("Error", "ExecutionInterrupted")


def test_parameters_are_put_into_the_script(ecs_cloud: Cloud) -> None:
    invoke_id = run(
        ecs_cloud,
        "echo {{ ACS::InstanceName }} {{count}}",
        enable_parameter=True,
        # The answer matches only "echo i-web 7"; the instance is named web.
        parameters={"COUNT": "7"},
    ).invoke_id
    assert result(ecs_cloud, invoke_id).output == ""
    invoke_id = run(
        ecs_cloud,
        "echo {{ ACS::InstanceId }} {{count}}",
        enable_parameter=True,
        parameters={"COUNT": "7"},
    ).invoke_id
    assert result(ecs_cloud, invoke_id).output == "replaced\n"
    assert json.loads(whole(ecs_cloud, invoke_id).parameters) == {"COUNT": "7"}


@pytest.mark.parametrize(
    ("script", "changes", "code"),
    [
        ("echo {{a}}", {"parameters": {"a": "1"}}, "Parameter.Disabled"),
        (
            "echo {{a}}",
            {"enable_parameter": True, "parameters": {"b": "1"}},
            "Parameter.NotMatched",
        ),
        ("echo {{a b}}", {"enable_parameter": True}, "CmdParam.InvalidParamName"),
        ("echo {{}}", {"enable_parameter": True}, "CmdParam.EmptyKey"),
        (f"echo {{{{{'a' * 65}}}}}", {"enable_parameter": True}, "CmdParamName.ExceedLimit"),
        (
            "".join(f"{{{{p{n}}}}}" for n in range(21)),
            {"enable_parameter": True},
            "CmdParamCount.ExceedLimit",
        ),
        (
            "".join(f"{{{{p{n}}}}}" for n in range(11)),
            {"enable_parameter": True, "parameters": {f"p{n}": "" for n in range(11)}},
            "ParameterCount.ExceedLimit",
        ),
        ("true", {"name": "n" * 129}, "CmdName.ExceedLimit"),
        ("true", {"content_encoding": "Base64"}, "CmdContent.DecodeError"),
        ("true", {"repeat_mode": "Period"}, "MissingParam.Frequency"),
        ("true", {"repeat_mode": "EveryReboot"}, "Emulator.NotModelled"),
        ("true", {"termination_mode": "Hard"}, "InvalidTerminationMode.NotFound"),
        ("true", {"instance_id": ["i-web", "i-none"]}, "InvalidInstance.NotFound"),
        ("true", {"instance_id": ["i-web", "i-windows"]}, "InvalidInstance.NotMatch"),
        ("true", {"instance_id": None}, "MissingParam.InstanceId"),
        (
            "true",
            {"resource_tag": [sdk.RunCommandRequestResourceTag(key="tier")]},
            "InvalidResourceTag.ConflictWithInstanceIds",
        ),
        (
            "true",
            {"instance_id": None, "resource_tag": [sdk.RunCommandRequestResourceTag(key="no")]},
            "InvalidResourceTag.InstanceNotFound",
        ),
        (
            "dir",
            {"instance_id": ["i-windows"], "type": "RunBatScript", "username": "someone"},
            "WindowsPasswordName.Missed",
        ),
    ],
)
def test_commands_that_are_refused_run_nowhere(
    ecs_cloud: Cloud, script: str, changes: dict[str, Any], code: str
) -> None:
    given: dict[str, Any] = {
        "region_id": REGION,
        "type": "RunShellScript",
        "command_content": script,
        "instance_id": ["i-web"],
    }
    request = sdk.RunCommandRequest(**(given | changes))
    assert refusal(client(ecs_cloud).run_command, request) == code
    listed = sdk.DescribeInvocationsRequest(region_id=REGION)
    assert client(ecs_cloud).describe_invocations(listed).body.total_count == 0


def test_instances_are_chosen_by_tag(ecs_cloud: Cloud) -> None:
    request = sdk.RunCommandRequest(
        region_id=REGION,
        type="RunShellScript",
        command_content="uname",
        resource_tag=[sdk.RunCommandRequestResourceTag(key="tier")],
    )
    invoke_id = client(ecs_cloud).run_command(request).body.invoke_id
    statuses = {r.instance_id: r.invocation_status for r in results(ecs_cloud, invoke_id)}
    assert statuses == {"i-web": "Success", "i-stopped": "Aborted"}
    assert whole(ecs_cloud, invoke_id).invocation_status == "PartialFailed"


def test_a_kept_command_is_run_again(ecs_cloud: Cloud) -> None:
    kept = run(ecs_cloud, "uname {{x}}", name="kept", keep_command=True, enable_parameter=True)
    dropped = run(ecs_cloud, "uname", name="dropped")
    ecs = client(ecs_cloud)
    listed = ecs.describe_commands(
        sdk.DescribeCommandsRequest(region_id=REGION, content_encoding="PlainText")
    ).body.commands.command
    assert [(c.command_id, c.name, c.command_content) for c in listed] == [
        (kept.command_id, "kept", "uname {{x}}")
    ]
    request = sdk.InvokeCommandRequest(
        region_id=REGION,
        command_id=kept.command_id,
        instance_id=["i-web"],
        parameters={"x": "-r"},
        client_token="again",
    )
    invoke_id = ecs.invoke_command(request).body.invoke_id
    assert ecs.invoke_command(request).body.invoke_id == invoke_id
    assert result(ecs_cloud, invoke_id).output == "5.15.0\n"
    gone = sdk.InvokeCommandRequest(
        region_id=REGION, command_id=dropped.command_id, instance_id=["i-web"]
    )
    assert refusal(ecs.invoke_command, gone) == "InvalidCmdId.NotFound"


def test_results_are_found_for_four_weeks(ecs_cloud: Cloud) -> None:
    invoke_id = run(ecs_cloud, "uname").invoke_id
    ecs_cloud.world.clock.advance(28 * 86400)
    assert len(results(ecs_cloud, invoke_id)) == 1
    ecs_cloud.world.clock.advance(1)
    assert len(results(ecs_cloud, invoke_id)) == 0


@pytest.mark.parametrize(
    ("wanted", "found"),
    [({"invoke_record_status": "Finished"}, 1), ({"invoke_record_status": "Failed"}, 1)],
)
def test_results_are_found_by_status(ecs_cloud: Cloud, wanted: dict[str, str], found: int) -> None:
    invoke_id = run(ecs_cloud, "uname", "i-web", "i-stopped").invoke_id
    assert len(results(ecs_cloud, invoke_id, **wanted)) == found


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"page_size": 51}, "InvalidParam.PageSize"),
        ({"page_number": 0}, "InvalidParam.PageNumber"),
        ({"max_results": 51}, "InvalidParameter.MaxResults"),
        ({"next_token": "guess"}, "InvalidParameter.NextToken"),
        ({"region_id": "nowhere"}, "InvalidRegionId.NotFound"),
    ],
)
def test_pages_that_cloud_assistant_refuses(
    ecs_cloud: Cloud, changes: dict[str, Any], code: str
) -> None:
    request = sdk.DescribeInvocationsRequest(**({"region_id": REGION} | changes))
    assert refusal(client(ecs_cloud).describe_invocations, request) == code
