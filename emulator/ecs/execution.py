"""A command on one instance, from being sent to its end, on the virtual clock.

    Pending --cannot be sent--> Aborted
    Pending --StopInvocation--> Cancelled
    Running --exit code 0--> Success, --another--> Failed, --too long--> Timeout,
            --StopInvocation--> Terminated, --the instance goes away--> Error

Source: ECS 2014-05-26 API reference, DescribeInvocations. Its page gives a minute to send a
command; that it is sent at once to an agent that answers is assumed.
"""

import re
from dataclasses import replace
from datetime import timedelta

from emulator.ecs.assistant_tables import Invocation, InvocationResult
from emulator.ecs.guest import Outcome, program_of
from emulator.ecs.tables import Instance
from emulator.world import World, on_event

ENDS = "ecs.command_ends"
GIVEN_UP = "ecs.command_given_up"
DELIVERY_SECONDS = 60.0
SLOW_REFUSALS = frozenset({"ClientNotResponse", "DeliveryTimeout"})
"""Known only after the minute in which a command can be sent."""
MOST_OUTPUT_BYTES = 24 * 1024
PARAMETER = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")


def begin(world: World, invocation: Invocation, instance: Instance) -> None:
    """Send a command to an instance."""
    result = InvocationResult(
        key=f"{invocation.invoke_id}/{instance.instance_id}",
        invoke_id=invocation.invoke_id,
        instance_id=instance.instance_id,
        status="Pending",
        created=world.now,
    )
    refusal = _refusal(instance)
    if refusal in SLOW_REFUSALS:
        world.table(InvocationResult).put(result)
        world.schedule(world.now + timedelta(seconds=DELIVERY_SECONDS), GIVEN_UP, result.key)
        return
    if refusal:
        _end(world, result, "Aborted", refusal, "The command could not be sent to the instance.")
        return
    program = program_of(instance, invocation.name, script_on(invocation, instance))
    seconds = program.seconds(world, instance) if program else 0.0
    limited = min(seconds, invocation.timeout_seconds)
    world.table(InvocationResult).put(replace(result, status="Running", started=world.now))
    world.schedule(world.now + timedelta(seconds=limited), ENDS, result.key)


def stop(world: World, result: InvocationResult) -> None:
    """Stop a command by hand: what runs is terminated, what was not sent is cancelled."""
    if result.status not in {"Pending", "Running"}:
        return
    world.cancel(ENDS, result.key)
    world.cancel(GIVEN_UP, result.key)
    status = "Terminated" if result.status == "Running" else "Cancelled"
    world.table(InvocationResult).put(
        replace(result, status=status, stopped=world.now, ended=world.now)
    )


def interrupt(world: World, instance_id: str, error_code: str = "ExecutionInterrupted") -> None:
    """The instance stops, or is released: nothing that runs there goes on."""
    for result in world.table(InvocationResult).find(instance_id=instance_id):
        if result.status == "Running":
            world.cancel(ENDS, result.key)
            _end(world, result, "Error", error_code, "The instance went away.")
        elif result.status == "Pending":
            world.cancel(GIVEN_UP, result.key)
            _end(world, result, "Aborted", "InstanceNotRunning", "The instance is not running.")


def script_on(invocation: Invocation, instance: Instance) -> str:
    """The script as an instance gets it, its parameters in place; letter case is ignored."""
    if invocation.parameters is None:
        return invocation.content
    values = {name.lower(): value for name, value in invocation.parameters.items()} | {
        "acs::regionid": instance.region,
        "acs::accountid": instance.account_id,
        "acs::instanceid": instance.instance_id,
        "acs::instancename": instance.name,
        "acs::invokeid": invocation.invoke_id,
        "acs::commandid": invocation.command_id,
    }
    return PARAMETER.sub(lambda found: values.get(found[1].lower(), ""), invocation.content)


@on_event(GIVEN_UP)
def _given_up(world: World, key: str) -> None:
    result = world.table(InvocationResult).get(key)
    instance = world.table(Instance).get(result.instance_id) if result else None
    if result is not None and instance is not None:
        refusal = _refusal(instance) or "DeliveryTimeout"
        _end(world, result, "Aborted", refusal, "The command could not be sent to the instance.")


@on_event(ENDS)
def _ends(world: World, key: str) -> None:
    """A command has run its time: let it have its effect, or time it out."""
    result = world.table(InvocationResult).get(key)
    invocation = world.table(Invocation).get(result.invoke_id) if result else None
    instance = world.table(Instance).get(result.instance_id) if result else None
    if result is None or invocation is None or instance is None:
        return
    if instance.status != "Running":
        _end(world, result, "Error", "ExecutionInterrupted", "The instance went away.")
        return
    script = script_on(invocation, instance)
    program = program_of(instance, invocation.name, script)
    if program and program.seconds(world, instance) > invocation.timeout_seconds:
        _end(world, result, "Timeout", "ExecutionTimeout", "The command timed out.")
        return
    outcome = program.run(world, instance, script) if program else Outcome()
    output, dropped = _truncated(outcome.output)
    failed = outcome.exit_code != 0
    result = replace(result, output=output, dropped_bytes=dropped, exit_code=outcome.exit_code)
    _end(
        world,
        result,
        "Failed" if failed else "Success",
        "ExitCodeNonzero" if failed else "",
        "The exit code is not 0." if failed else "",
    )


def _refusal(instance: Instance) -> str:
    """Why the instance gets no command; empty when it does."""
    if instance.status != "Running":
        return "InstanceNotRunning"
    return instance.cloud_assistant_error if instance.cloud_assistant else "ClientNotRunning"


def _end(
    world: World, result: InvocationResult, status: str, error_code: str, error_info: str
) -> None:
    world.table(InvocationResult).put(
        replace(
            result, status=status, error_code=error_code, error_info=error_info, ended=world.now
        )
    )


def _truncated(output: str) -> tuple[str, int]:
    """The first 24 KiB, and how many bytes were dropped."""
    encoded = output.encode()
    kept = encoded[:MOST_OUTPUT_BYTES].decode(errors="ignore")
    return kept, len(encoded) - len(kept.encode())
