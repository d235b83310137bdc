"""What Cloud Assistant commands have come to, and stopping them.

Source: ECS 2014-05-26 API reference, DescribeInvocations, DescribeInvocationResults,
StopInvocation.
"""

import base64
import json
from datetime import timedelta
from typing import Any

from emulator.ecs.assistant_tables import Invocation, InvocationResult
from emulator.ecs.cloud_assistant import check_page
from emulator.ecs.execution import stop
from emulator.ecs.listing import has_tags, is_given, page, tag_members
from emulator.ecs.places import check_region
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, iso_seconds

LARGEST_PAGE = 50
KEPT = timedelta(weeks=4)
RUNNING = frozenset({"Pending", "Running", "Stopping"})
STOPPED = frozenset({"Cancelled", "Terminated"})
FAILED = frozenset({"Invalid", "Aborted", "Failed", "Timeout", "Error"})
OLD_STATUS = {"Success": "Finished", "Failed": "Finished"}
"""What the members that are not recommended any more call an ended command."""


@action("ecs", "DescribeInvocations")
def describe_invocations(call: Call) -> Members:
    """Commands and what they came to, newest first, with the command's text."""
    region = check_region(call)
    check_page(call)
    by_instance = call.get("InstanceId")
    wanted = call.get("InvokeStatus")
    found = [
        i
        for i in call.world.table(Invocation).find(account_id=call.account_id, region=region)
        if i.created >= call.world.now - KEPT
        and is_given(call.get("InvokeId"), i.invoke_id)
        and is_given(call.get("CommandId"), i.command_id)
        and is_given(call.get("CommandType"), i.type)
        and (not by_instance or by_instance in i.instance_ids)
        # Documented: these are not looked at when an instance is given.
        and (by_instance or is_given(call.get("CommandName"), i.name))
        and (by_instance or is_given(call.get("RepeatMode"), "Once"))
        and (not wanted or wanted in _overall(call.world, i))
        and not call.get("Timed")
        and has_tags(call, i.tags)
    ]
    with_output = bool(call.get("IncludeOutput")) and bool(call.get("InvokeId") or by_instance)
    plain = _is_plain(call)
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
    """Results, one for each instance; there is no history, for nothing repeats."""
    region = check_region(call)
    check_page(call)
    plain = _is_plain(call)
    wanted = call.get("InvokeRecordStatus")
    invocations = {
        i.invoke_id: i
        for i in call.world.table(Invocation).find(account_id=call.account_id, region=region)
        if i.created >= call.world.now - KEPT
        and is_given(call.get("InvokeId"), i.invoke_id)
        and is_given(call.get("CommandId"), i.command_id)
        and has_tags(call, i.tags)
    }
    found = [
        result
        for invoke_id in invocations
        for result in call.world.table(InvocationResult).find(invoke_id=invoke_id)
        if is_given(call.get("InstanceId"), result.instance_id)
        and (not wanted or wanted in {result.status, _old_status(result.status)})
    ]
    shown, described = page(
        call,
        found,
        LARGEST_PAGE,
        lambda r: (
            _result(r, with_output=True, plain=plain)
            | {
                "CommandId": invocations[r.invoke_id].command_id,
                "FinishedTime": iso_seconds(r.ended) if r.ended else "",
                "InvokeId": r.invoke_id,
                "InvokeRecordStatus": _old_status(r.status),
                "Tags": tag_members(invocations[r.invoke_id].tags),
                "Username": invocations[r.invoke_id].username,
            }
        ),
    )
    return {"Invocation": {"InvocationResults": {"InvocationResult": shown}, **described}}


@action("ecs", "StopInvocation")
def stop_invocation(call: Call) -> Members:
    """Stop a command on the instances named, or on all of its own."""
    region = check_region(call)
    invocation = call.world.table(Invocation).get(call.get("InvokeId"))
    if (
        invocation is None
        or invocation.account_id != call.account_id
        or invocation.region != region
    ):
        raise ApiError("InvalidInvokeId.NotFound", "The specified invoke ID does not exist.", 404)
    ids = call.get("InstanceId") or []
    for result in call.world.table(InvocationResult).find(invoke_id=invocation.invoke_id):
        if not ids or result.instance_id in ids:
            stop(call.world, result)
    return {}


def _is_plain(call: Call) -> bool:
    return str(call.get("ContentEncoding", "Base64")).lower() == "plaintext"


def _overall(world: World, invocation: Invocation) -> tuple[str, str]:
    """InvocationStatus of all instances together, and the older InvokeStatus."""
    results = world.table(InvocationResult).find(invoke_id=invocation.invoke_id)
    statuses = {result.status for result in results}
    for passing in ("Pending", "Running"):
        if passing in statuses:
            return passing, "Running"
    if statuses <= STOPPED:
        return "Stopped", "Stopped"
    if statuses <= STOPPED | {"Success"}:
        return "Success", "Finished"
    return ("Failed" if statuses <= STOPPED | FAILED else "PartialFailed"), "Finished"


def _old_status(status: str) -> str:
    if status in RUNNING:
        return "Running"
    return "Stopped" if status in STOPPED else OLD_STATUS.get(status, "Failed")


def _invocation(
    world: World, invocation: Invocation, *, with_output: bool, plain: bool
) -> dict[str, Any]:
    results = world.table(InvocationResult).find(invoke_id=invocation.invoke_id)
    overall, older = _overall(world, invocation)
    return {
        "CommandContent": _encoded(invocation.content, plain=plain),
        "CommandDescription": invocation.description,
        "CommandId": invocation.command_id,
        "CommandName": invocation.name,
        "CommandType": invocation.type,
        "CreationTime": iso_seconds(invocation.created),
        "Frequency": "",
        "InvocationStatus": overall,
        "InvokeId": invocation.invoke_id,
        "InvokeInstances": {
            "InvokeInstance": [
                _result(r, with_output=with_output, plain=plain)
                | {
                    "CreationTime": iso_seconds(r.created),
                    "FinishTime": iso_seconds(r.ended) if r.ended else "",
                    "InstanceInvokeStatus": _old_status(r.status),
                    "Timed": False,
                    "UpdateTime": iso_seconds(r.ended or r.started or r.created),
                }
                for r in results
            ]
        },
        "InvokeStatus": older,
        "Parameters": json.dumps(invocation.parameters or {}),
        "RepeatMode": "Once",
        "Tags": tag_members(invocation.tags),
        "TerminationMode": invocation.termination_mode,
        "Timed": False,
        "Timeout": invocation.timeout_seconds,
        "Username": invocation.username,
        "WorkingDir": invocation.working_dir,
    }


def _result(result: InvocationResult, *, with_output: bool, plain: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Dropped": result.dropped_bytes,
        "ErrorCode": result.error_code,
        "ErrorInfo": result.error_info,
        "InstanceId": result.instance_id,
        "InvocationStatus": result.status,
        "Output": _encoded(result.output, plain=plain) if with_output else "",
        "Repeats": 1 if result.started else 0,
        "StartTime": iso_seconds(result.started) if result.started else "",
        "StopTime": iso_seconds(result.stopped) if result.stopped else "",
    }
    return shown if result.exit_code is None else shown | {"ExitCode": result.exit_code}


def _encoded(text: str, *, plain: bool) -> str:
    return text if plain else base64.b64encode(text.encode()).decode()
