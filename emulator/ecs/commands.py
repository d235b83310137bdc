"""Running commands: new ones, and those that were kept.

Source: ECS 2014-05-26 API reference, RunCommand, InvokeCommand, DescribeCommands.
"""

import base64
import json
from typing import Any

from emulator.ecs import resources
from emulator.ecs.assistant_tables import Command, Invocation
from emulator.ecs.cloud_assistant import check_page, known_instances
from emulator.ecs.command_content import check_names, check_size, content_of, parameters_of
from emulator.ecs.execution import begin
from emulator.ecs.idempotence import once
from emulator.ecs.listing import given_tags, has_tags, is_given, name_matches, page, tag_members
from emulator.ecs.places import check_region
from emulator.ecs.tables import Instance
from emulator.service import ApiError, Call, Members, action
from emulator.world import iso_minutes

MOST_INSTANCES = 100
DEFAULT_TIMEOUT_SECONDS = 60
LARGEST_PAGE = 50
TYPES = {"RunShellScript": "linux", "RunPowerShellScript": "windows", "RunBatScript": "windows"}


@action("ecs", "RunCommand", resources=resources.instances_and_command)
def run_command(call: Call) -> Members:
    """Run a script on instances; one that does not exist or has another system fails the call.

    Not modelled: commands that repeat or wait for a reboot, and commands in containers. No script
    is really run: the world file says what it comes to.
    """
    return once(call, lambda: _run(call))


@action("ecs", "InvokeCommand", resources=resources.instances_and_command)
def invoke_command(call: Call) -> Members:
    """Run a command that was kept.

    Not modelled: what RunCommand does not model, and public commands.
    """
    return once(call, lambda: _invoke(call))


@action("ecs", "DescribeCommands")
def describe_commands(call: Call) -> Members:
    """Commands that were kept.

    Not modelled: public commands, versions, and tags of commands.
    """
    region = check_region(call)
    check_page(call)
    plain = call.get("ContentEncoding", "Base64") == "PlainText"
    found = [
        c
        for c in call.world.table(Command).find(account_id=call.account_id, region=region)
        if is_given(call.get("CommandId"), c.command_id)
        and is_given(call.get("Type"), c.type)
        and name_matches(call.get("Name"), c.name)
        and call.get("Provider") in {None, "", "User"}
        and has_tags(call, {})
    ]
    newest_first = sorted(found, key=lambda c: c.created, reverse=True)
    runs = call.world.table(Invocation).find(account_id=call.account_id)
    shown, described = page(
        call,
        newest_first,
        LARGEST_PAGE,
        lambda c: _command(c, sum(i.command_id == c.command_id for i in runs), plain=plain),
    )
    return {"Commands": {"Command": shown}, **described}


def _run(call: Call) -> Members:
    _check_run(call)
    content = content_of(call)
    taken = bool(call.get("EnableParameter"))
    if taken:
        check_names(content)
    command = Command(
        command_id=call.world.new_id("c-hz0"),
        account_id=call.account_id,
        region=call.get("RegionId"),
        name=call.get("Name") or "",
        description=call.get("Description") or "",
        type=call.get("Type"),
        content=content,
        working_dir=call.get("WorkingDir")
        or ("/root" if TYPES[call.get("Type")] == "linux" else ""),
        timeout_seconds=int(call.get("Timeout", DEFAULT_TIMEOUT_SECONDS)),
        takes_parameters=taken,
        created=call.world.now,
    )
    kept = bool(call.get("KeepCommand"))
    invocation = _start(call, command, command.timeout_seconds, kept=kept)
    if kept:
        call.world.table(Command).put(command)
    return {"CommandId": command.command_id, "InvokeId": invocation.invoke_id}


def _invoke(call: Call) -> Members:
    _check_run(call)
    command = call.world.table(Command).get(call.get("CommandId"))
    if (
        command is None
        or command.account_id != call.account_id
        or command.region != call.get("RegionId")
    ):
        raise ApiError("InvalidCmdId.NotFound", "The specified command ID does not exist.", 404)
    timeout = int(call.get("Timeout", command.timeout_seconds))
    return {"InvokeId": _start(call, command, timeout, kept=True).invoke_id}


def _check_run(call: Call) -> None:
    """What both ways of running a command have in common."""
    check_region(call)
    mode = call.get("RepeatMode") or "Once"
    if mode == "Period" and not call.get("Frequency"):
        raise ApiError(
            "MissingParam.Frequency",
            "The frequency must be specified when you create a timed task.",
        )
    if mode != "Once" or call.get("Frequency"):
        raise ApiError("Emulator.NotModelled", "The emulator runs a command once, at once.")
    if call.get("ContainerId") or call.get("ContainerName"):
        raise ApiError("Emulator.NotModelled", "The emulator models no containers.")


def _start(call: Call, command: Command, timeout_seconds: int, *, kept: bool) -> Invocation:
    parameters = parameters_of(call, command.content, taken=command.takes_parameters)
    if parameters:
        whole = command.content + json.dumps(parameters)
        check_size(len(base64.b64encode(whole.encode())), kept=kept)
    instances = _qualifying(call, TYPES[command.type])
    invocation = call.world.table(Invocation).put(
        Invocation(
            invoke_id=call.world.new_id("t-hz0"),
            command_id=command.command_id,
            account_id=call.account_id,
            region=command.region,
            name=command.name,
            description=command.description,
            type=command.type,
            content=command.content,
            parameters=parameters,
            timeout_seconds=timeout_seconds,
            username=call.get("Username") or "",
            working_dir=command.working_dir,
            termination_mode=call.get("TerminationMode") or "Process",
            created=call.world.now,
            instance_ids=[i.instance_id for i in instances],
            tags={key: value or "" for key, value in given_tags(call).items()},
        )
    )
    for instance in instances:
        begin(call.world, invocation, instance)
    return invocation


def _qualifying(call: Call, os_type: str) -> list[Instance]:
    ids, tags = call.get("InstanceId") or [], given_tags(call, "ResourceTag")
    if ids and tags:
        raise ApiError(
            "InvalidResourceTag.ConflictWithInstanceIds",
            "The specified param ResourceTag conflicts with InstanceId.",
        )
    if tags:
        ids = [
            i.instance_id
            for i in call.world.table(Instance).find(
                account_id=call.account_id, region=call.get("RegionId")
            )
            if all(key in i.tags and value in {None, i.tags[key]} for key, value in tags.items())
        ]
        if not ids:
            raise ApiError(
                "InvalidResourceTag.InstanceNotFound",
                "InstanceIds are not found by the specified ResourceTag.",
            )
    if len(ids) > MOST_INSTANCES:
        raise ApiError(
            "InstanceIds.ExceedLimit", "The number of instance IDs exceeds the upper limit.", 403
        )
    if not ids:
        raise ApiError("MissingParam.InstanceId", "The parameter instanceId is missing or empty.")
    instances = known_instances(call, ids)
    if any(instance.os_type != os_type for instance in instances):
        raise ApiError(
            "InvalidInstance.NotMatch",
            "The specified instance type does not match the command.",
        )
    if call.get("Username") and os_type == "windows" and not call.get("WindowsPasswordName"):
        raise ApiError(
            "WindowsPasswordName.Missed",
            "WindowsPasswordName must be specified when you create a Windows task.",
        )
    return instances


def _command(command: Command, runs: int, *, plain: bool) -> dict[str, Any]:
    encoded = base64.b64encode(command.content.encode()).decode()
    return {
        "CommandContent": command.content if plain else encoded,
        "CommandId": command.command_id,
        "CreationTime": iso_minutes(command.created),
        "Description": command.description,
        "EnableParameter": command.takes_parameters,
        "InvokeTimes": runs,
        "Name": command.name,
        "Provider": "User",
        "Tags": tag_members({}),
        "Timeout": command.timeout_seconds,
        "Type": command.type,
        "WorkingDir": command.working_dir,
    }
