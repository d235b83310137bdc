"""What Cloud Assistant commands have come to.

Source: ECS 2014-05-26 API reference, DescribeInvocations, DescribeInvocationResults.
"""

import base64
from typing import Any

from emulator.ecs.listing import page
from emulator.ecs.tables import Invocation, InvocationResult
from emulator.service import Call, Members, action
from emulator.world import World, iso_seconds

LARGEST_PAGE = 50


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
    overall = _overall(results)
    return {
        "CommandContent": _encoded(invocation.content, plain=plain),
        "CommandId": invocation.command_id,
        "CommandName": invocation.name,
        "CommandType": invocation.type,
        "CreationTime": iso_seconds(invocation.created),
        "InvocationStatus": overall,
        "InvokeId": invocation.invoke_id,
        "InvokeInstances": {
            "InvokeInstance": [_result(r, with_output=with_output, plain=plain) for r in results]
        },
        "InvokeStatus": "Running" if overall == "Running" else "Finished",
        "RepeatMode": "Once",
        "Timeout": invocation.timeout_seconds,
    }


def _overall(results: list[InvocationResult]) -> str:
    if any(r.status == "Running" for r in results):
        return "Running"
    succeeded = [r.status == "Success" for r in results]
    if all(succeeded):
        return "Success"
    return "PartialFailed" if any(succeeded) else "Failed"


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
