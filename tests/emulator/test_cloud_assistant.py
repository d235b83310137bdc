"""Cloud Assistant's documented limits and states, through the official ECS SDK."""

import base64
from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as sdk
from Tea.exceptions import TeaException

from emulator.ecs.tables import Instance
from tests.support.cloud import Cloud

REGION = "cn-hangzhou"
IMPORT_WITHOUT_CODE = "acs-plugin-manager -e -P smc-client-plugin"
"""Takes minutes and fails, for it hands over no activation code."""


def run(cloud: Cloud, *instance_ids: str, script: str = "true", **changes: Any) -> str:
    request = sdk.RunCommandRequest(
        region_id=REGION,
        instance_id=list(instance_ids),
        type="RunShellScript",
        **({"command_content": script, "timeout": 1800} | changes),
    )
    return str(cloud.clients("source").ecs(REGION).run_command(request).body.invoke_id)


def look(cloud: Cloud, invoke_id: str) -> Any:
    request = sdk.DescribeInvocationsRequest(
        region_id=REGION, invoke_id=invoke_id, include_output=True, content_encoding="PlainText"
    )
    body = cloud.clients("source").ecs(REGION).describe_invocations(request).body
    (found,) = body.invocations.invocation
    return found


def result(cloud: Cloud, invoke_id: str) -> tuple[str, str]:
    (found,) = look(cloud, invoke_id).invoke_instances.invoke_instance
    return found.invocation_status, found.error_code


@pytest.mark.parametrize(
    ("given", "encoding"),
    [
        ("echo ok", None),
        ("echo ok", "PlainText"),
        (base64.b64encode(b"echo ok").decode(), "base64"),
    ],
)
def test_content_is_plain_text_unless_base64_is_named(
    cloud: Cloud, given: str, encoding: str | None
) -> None:
    invoke_id = run(cloud, "i-source0web1", script=given, content_encoding=encoding)
    assert look(cloud, invoke_id).command_content == "echo ok"


@pytest.mark.parametrize(("keep", "most_kib"), [(True, 18), (False, 24)])
def test_content_is_limited_by_its_base64_length(cloud: Cloud, keep: bool, most_kib: int) -> None:
    largest = "#" * (most_kib * 1024 * 3 // 4)
    assert run(cloud, "i-source0web1", script=largest, keep_command=keep)
    with pytest.raises(TeaException) as raised:
        run(cloud, "i-source0web1", script=largest + "#", keep_command=keep)
    assert raised.value.code == "CmdContent.ExceedLimit"


@pytest.mark.parametrize(
    ("instance_id", "error_code"),
    [("i-source0stop", "InstanceNotRunning"), ("i-source0mute", "ClientNotRunning")],
)
def test_a_command_that_cannot_be_sent_is_aborted(
    cloud: Cloud, instance_id: str, error_code: str
) -> None:
    assert result(cloud, run(cloud, instance_id)) == ("Aborted", error_code)


def test_a_command_that_fails_names_its_exit_code(cloud: Cloud) -> None:
    invoke_id = run(cloud, "i-source0web1", script=IMPORT_WITHOUT_CODE)
    assert result(cloud, invoke_id) == ("Running", "")
    cloud.world.clock.advance(700)
    assert result(cloud, invoke_id) == ("Failed", "ExitCodeNonzero")


def test_a_command_that_takes_too_long_times_out(cloud: Cloud) -> None:
    invoke_id = run(cloud, "i-source0web1", script=IMPORT_WITHOUT_CODE, timeout=60)
    cloud.world.clock.advance(61)
    assert result(cloud, invoke_id) == ("Timeout", "ExecutionTimeout")


@pytest.mark.parametrize(
    ("released", "error_code"), [(False, "ExecutionInterrupted"), (True, "InstanceReleased")]
)
def test_an_instance_that_goes_away_takes_the_command_with_it(
    cloud: Cloud, released: bool, error_code: str
) -> None:
    invoke_id = run(cloud, "i-source0web1", script=IMPORT_WITHOUT_CODE)
    ecs = cloud.clients("source").ecs(REGION)
    if released:
        ecs.delete_instance(sdk.DeleteInstanceRequest(instance_id="i-source0web1", force=True))
        assert cloud.world.table(Instance).get("i-source0web1") is None
    else:
        ecs.stop_instance(sdk.StopInstanceRequest(instance_id="i-source0web1"))
    cloud.world.clock.advance(700)
    assert result(cloud, invoke_id) == ("Error", error_code)


def test_one_failure_among_several_is_a_partial_one(cloud: Cloud) -> None:
    found = look(cloud, run(cloud, "i-source0web1", "i-source0stop"))
    assert (found.invocation_status, found.invoke_status) == ("PartialFailed", "Finished")
