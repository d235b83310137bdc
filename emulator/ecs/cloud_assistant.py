"""Cloud Assistant: commands inside instances, on the virtual clock.

Source: ECS 2014-05-26 API reference, RunCommand, DescribeInvocations,
DescribeCloudAssistantStatus.
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
from emulator.world import World, iso_seconds, on_event

MOST_INSTANCES = 100
MOST_CONTENT_BYTES = 24 * 1024
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
    if call.get("ContentEncoding", "Base64") == "PlainText":
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
    if len(encoded) > MOST_CONTENT_BYTES:
        raise ApiError(
            "CmdContent.ExceedLimit",
            "The length of the command content exceeds the upper limit.",
        )
    return content


def _qualifying(call: Call, os_type: str) -> list[Instance]:
    ids = call.get("InstanceId") or []
    if not ids:
        raise ApiError("MissingParam.InstanceId", "The parameter instanceId is missing or empty.")
    if len(ids) > MOST_INSTANCES:
        raise ApiError(
            "InstanceIds.ExceedLimit", "The number of instance IDs exceeds the upper limit."
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
            status="Failed",
            ended=world.now,
            error_code="ClientNotRunning",
            error_info="The Cloud Assistant client is not running on the instance.",
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
            status="Failed",
            error_code="InstanceNotRunning",
            error_info="The instance stopped while the command ran.",
        )
    elif program and program.seconds(world, instance) > invocation.timeout_seconds:
        ended = replace(
            result, status="Timeout", error_code="TaskTimeout", error_info="The command timed out."
        )
    else:
        outcome = program.run(world, instance, invocation.content) if program else Outcome()
        ended = replace(
            result,
            status="Success" if outcome.exit_code == 0 else "Failed",
            output=outcome.output,
            exit_code=outcome.exit_code,
        )
    world.table(InvocationResult).put(replace(ended, ended=world.now))


@action("ecs", "DescribeInvocations")
def describe_invocations(call: Call) -> Members:
    """Commands and what they came to; the command text is shown, as the API does."""
    by_instance = call.get("InstanceId")
    found = [
        i
        for i in call.world.table(Invocation).find(account_id=call.account_id)
        if i.region == call.get("RegionId")
        and call.get("InvokeId") in {None, "", i.invoke_id}
        and (not by_instance or by_instance in i.instance_ids)
        # Documented: the name is not looked at when an instance is given.
        and (by_instance or call.get("CommandName") in {None, "", i.name})
    ]
    with_output = bool(call.get("IncludeOutput")) and bool(call.get("InvokeId") or by_instance)
    plain = call.get("ContentEncoding", "Base64") == "PlainText"
    newest_first = sorted(found, key=lambda i: i.created, reverse=True)
    shown, described = page(
        call,
        newest_first,
        LARGEST_PAGE,
        lambda i: _invocation(call.world, i, with_output=with_output, plain=plain),
    )
    return {"Invocations": {"Invocation": shown}, **described}


@action("ecs", "DescribeInvocationResults")
def describe_invocation_results(call: Call) -> Members:
    """Results, one for each instance."""
    plain = call.get("ContentEncoding", "Base64") == "PlainText"
    mine = {
        i.invoke_id
        for i in call.world.table(Invocation).find(account_id=call.account_id)
        if i.region == call.get("RegionId") and call.get("InvokeId") in {None, "", i.invoke_id}
    }
    found = [
        r
        for r in call.world.table(InvocationResult)
        if r.invoke_id in mine and call.get("InstanceId") in {None, "", r.instance_id}
    ]
    shown, described = page(
        call, found, LARGEST_PAGE, lambda r: _result(r, with_output=True, plain=plain)
    )
    return {"Invocation": {"InvocationResults": {"InvocationResult": shown}, **described}}


def _invocation(
    world: World, invocation: Invocation, *, with_output: bool, plain: bool
) -> dict[str, Any]:
    results = world.table(InvocationResult).find(invoke_id=invocation.invoke_id)
    running = any(r.status == "Running" for r in results)
    failed = any(r.status != "Success" for r in results)
    return {
        "CommandContent": _encoded(invocation.content, plain=plain),
        "CommandId": invocation.command_id,
        "CommandName": invocation.name,
        "CommandType": invocation.type,
        "CreationTime": iso_seconds(invocation.created),
        "InvocationStatus": "Running" if running else "Failed" if failed else "Success",
        "InvokeId": invocation.invoke_id,
        "InvokeInstances": {
            "InvokeInstance": [_result(r, with_output=with_output, plain=plain) for r in results]
        },
        "InvokeStatus": "Running" if running else "Finished",
        "RepeatMode": "Once",
        "Timeout": invocation.timeout_seconds,
    }


def _result(result: InvocationResult, *, with_output: bool, plain: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ErrorCode": result.error_code,
        "ErrorInfo": result.error_info,
        "FinishTime": iso_seconds(result.ended) if result.ended else "",
        "InstanceId": result.instance_id,
        "InvocationStatus": result.status,
        "InvokeId": result.invoke_id,
        "Output": _encoded(result.output, plain=plain) if with_output else "",
        "StartTime": iso_seconds(result.started),
    }
    return shown if result.exit_code is None else shown | {"ExitCode": result.exit_code}


def _encoded(text: str, *, plain: bool) -> str:
    return text if plain else base64.b64encode(text.encode()).decode()
