"""Cloud Assistant: commands inside instances, on the virtual clock.

Source: ECS 2014-05-26 API reference, RunCommand, DescribeCloudAssistantStatus; the states and error
codes of a command on an instance: DescribeInvocations.
"""

import base64
import binascii
import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from emulator.ecs.guest import Outcome, program_of
from emulator.ecs.instances import find_instance
from emulator.ecs.listing import page
from emulator.ecs.tables import Instance, Invocation, InvocationResult
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, on_event

MOST_INSTANCES = 100
MOST_CONTENT_BYTES = 24 * 1024
MOST_KEPT_CONTENT_BYTES = 18 * 1024
DEFAULT_TIMEOUT_SECONDS = 60
LARGEST_PAGE = 50
ENDS = "ecs.command_ends"
TYPES = {"RunShellScript": "linux", "RunPowerShellScript": "windows", "RunBatScript": "windows"}


def _instance_arns(call: Call) -> list[str]:
    region, account = call.get("RegionId"), call.account_id
    ids = call.get("InstanceId") or []
    return [f"acs:ecs:{region}:{account}:instance/{instance_id}" for instance_id in ids] or ["*"]


@action("ecs", "DescribeCloudAssistantStatus")
def describe_cloud_assistant_status(call: Call) -> Members:
    """Whether the agents answer."""
    wanted = set(call.get("InstanceId") or [])
    found = [
        i
        for i in call.world.table(Instance).find(account_id=call.account_id)
        if i.region == call.get("RegionId") and (not wanted or i.instance_id in wanted)
    ]
    shown, described = page(call, found, LARGEST_PAGE, _status)
    return {
        "InstanceCloudAssistantStatusSet": {"InstanceCloudAssistantStatus": shown},
        **described,
    }


def _status(instance: Instance) -> dict[str, Any]:
    answers = instance.cloud_assistant and instance.status == "Running"
    return {
        "ActiveTaskCount": 0,
        "CloudAssistantStatus": "true" if answers else "false",
        "CloudAssistantVersion": "2.2.3.857" if instance.cloud_assistant else "",
        "InstanceId": instance.instance_id,
        "InvocationCount": 0,
        "OSType": instance.os_type.title(),
        "SupportSessionManager": answers,
    }


@action("ecs", "RunCommand", resources=_instance_arns)
def run_command(call: Call) -> Members:
    """Run a script on instances; one that does not qualify fails the whole call."""
    digest = hashlib.sha256(json.dumps(dict(call.parameters), sort_keys=True).encode()).hexdigest()
    token = call.get("ClientToken") or ""
    for earlier in call.world.table(Invocation).find(account_id=call.account_id):
        if token and earlier.client_token == token:
            if earlier.parameters_digest != digest:
                raise ApiError(
                    "IdempotentParameterMismatch",
                    "The specified parameter has changed while using an already used clientToken.",
                    403,
                )
            return {"CommandId": earlier.command_id, "InvokeId": earlier.invoke_id}
    content = _content(call)
    os_type = TYPES.get(call.get("Type"))
    if os_type is None:
        raise ApiError("InvalidCmdType.NotFound", "The specified command type does not exist.", 404)
    instances = _qualifying(call, os_type)
    invocation = call.world.table(Invocation).put(
        Invocation(
            invoke_id=call.world.new_id("t-hz0"),
            command_id=call.world.new_id("c-hz0"),
            account_id=call.account_id,
            region=call.get("RegionId"),
            name=call.get("Name") or "",
            type=call.get("Type"),
            content=content,
            timeout_seconds=int(call.get("Timeout", DEFAULT_TIMEOUT_SECONDS)),
            created=call.world.now,
            client_token=token,
            parameters_digest=digest,
            instance_ids=[i.instance_id for i in instances],
        )
    )
    for instance in instances:
        _begin(call.world, invocation, instance)
    return {"CommandId": invocation.command_id, "InvokeId": invocation.invoke_id}


def _content(call: Call) -> str:
    given = str(call.get("CommandContent"))
    # Documented: letter case is ignored, and whatever is not Base64 counts as PlainText.
    if str(call.get("ContentEncoding")).lower() != "base64":
        content = given
        encoded = base64.b64encode(given.encode())
    else:
        encoded = given.encode()
        try:
            content = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise ApiError(
                "CmdContent.DecodeError", "The CommandContent can not be base64 decoded."
            ) from None
    if len(encoded) > (MOST_KEPT_CONTENT_BYTES if call.get("KeepCommand") else MOST_CONTENT_BYTES):
        raise ApiError(
            "CmdContent.ExceedLimit",
            "The length of the command content exceeds the upper limit.",
            403,
        )
    return content


def _qualifying(call: Call, os_type: str) -> list[Instance]:
    ids = call.get("InstanceId") or []
    if not ids:
        raise ApiError("MissingParam.InstanceId", "The parameter instanceId is missing or empty.")
    if len(ids) > MOST_INSTANCES:
        raise ApiError(
            "InstanceIds.ExceedLimit", "The number of instance IDs exceeds the upper limit.", 403
        )
    instances = []
    for instance_id in ids:
        try:
            instance = find_instance(call, instance_id)
        except ApiError:
            instance = None
        if instance is None or instance.region != call.get("RegionId"):
            raise ApiError(
                "InvalidInstance.NotFound", "The specified instance does not exist.", 404
            )
        if instance.os_type != os_type:
            raise ApiError(
                "InvalidInstance.NotMatch",
                "The specified instance type does not match the command.",
            )
        instances.append(instance)
    return instances


def _begin(world: World, invocation: Invocation, instance: Instance) -> None:
    key = f"{invocation.invoke_id}/{instance.instance_id}"
    result = InvocationResult(
        key=key,
        invoke_id=invocation.invoke_id,
        instance_id=instance.instance_id,
        status="Running",
        output="",
        exit_code=None,
        error_code="",
        error_info="",
        started=world.now,
        ended=None,
    )
    if instance.status != "Running" or not instance.cloud_assistant:
        result = replace(
            result,
            status="Aborted",
            ended=world.now,
            error_code="InstanceNotRunning" if instance.status != "Running" else "ClientNotRunning",
            error_info="The command could not be sent to the instance.",
        )
    else:
        program = program_of(invocation.content)
        seconds = program.seconds(world, instance) if program else 0.0
        limited = min(seconds, invocation.timeout_seconds)
        world.schedule(world.now + timedelta(seconds=limited), ENDS, key)
    world.table(InvocationResult).put(result)


@on_event(ENDS)
def end_command(world: World, key: str) -> None:
    """A command has run its time: let it have its effect, or time it out."""
    result = world.table(InvocationResult).get(key)
    if result is None:
        return
    invocation = world.table(Invocation).get(result.invoke_id)
    instance = world.table(Instance).get(result.instance_id)
    if invocation is None:
        return
    program = program_of(invocation.content)
    if instance is None or instance.status != "Running":
        ended = replace(
            result,
            status="Error",
            error_code="InstanceReleased" if instance is None else "ExecutionInterrupted",
            error_info="The instance stopped while the command ran.",
        )
    elif program and program.seconds(world, instance) > invocation.timeout_seconds:
        ended = replace(
            result,
            status="Timeout",
            error_code="ExecutionTimeout",
            error_info="The command timed out.",
        )
    else:
        outcome = program.run(world, instance, invocation.content) if program else Outcome()
        ended = replace(
            result,
            status="Success" if outcome.exit_code == 0 else "Failed",
            output=outcome.output,
            exit_code=outcome.exit_code,
            error_code="" if outcome.exit_code == 0 else "ExitCodeNonzero",
        )
    world.table(InvocationResult).put(replace(ended, ended=world.now))
