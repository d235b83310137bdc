"""The SMC client is taken off source servers, where that was asked for.

Only off servers that this stack registered: their source servers carry its tag. What is not
possible any more, for an instance that was stopped or released meanwhile, is told and holds nothing
up: the client does no harm without a source server.

Calls: sts:AssumeRole, ecs:RunCommand, ecs:DescribeInvocations, smc:DescribeSourceServers.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from uuid import uuid4

from smc.api.cloud_assistant import run_command
from smc.api.source_servers import describe_source_servers
from smc.clients import Clients
from smc.errors import MigrationError
from smc.handlers.command_batches import await_end, run_in_batches
from smc.handlers.context import Context, RoleAccess, source_clients
from smc.models import Invocation, SourceServer
from smc.ownership import INSTANCE_TAG, SERVER_TAG, removal_command_name, stack_tags
from smc.removal_command import KEPT, TIMEOUT_SECONDS, removal_script
from smc.states import InvocationStatus
from smc.waiters import Pace

LONGEST_SECONDS = 300.0
"""From sending the command, which can take a minute, to its end."""


def remove_clients(
    destination: Clients,
    role: RoleAccess,
    stack: str,
    source_ids: Collection[str],
    pace: Pace,
    context: Context,
) -> None:
    """Take the SMC client off the servers of these source servers, and tell what came of it.

    Args:
        destination: clients of the destination side.
        role: the role in the source account.
        stack: see `smc.ownership`; source servers of others are left alone.
        source_ids: the source servers, which are to be deleted after this.
        pace: of the wait for the command to end.
        context: time, and where the outcome of each server is told.
    """
    ours = stack_tags(stack).items()
    sources = [
        source
        for source in describe_source_servers(destination, list(source_ids))
        if ours <= source.tags.items() and INSTANCE_TAG in source.tags
    ]
    by_system: dict[str, dict[str, SourceServer]] = {}
    for source in sources:
        os_type = "windows" if source.platform.startswith("Windows") else "linux"
        by_system.setdefault(os_type, {})[source.tags[INSTANCE_TAG]] = source
    for os_type, instances in sorted(by_system.items()):
        try:
            outcomes = _removed(destination, role, stack, os_type, list(instances), pace, context)
        except MigrationError as error:
            outcomes = dict.fromkeys(instances, str(error))
        for instance_id, reason in sorted(outcomes.items()):
            name = instances[instance_id].tags.get(SERVER_TAG, instance_id)
            context.note(_told(name, instance_id, os_type, reason))


def _removed(
    destination: Clients,
    role: RoleAccess,
    stack: str,
    os_type: str,
    instance_ids: Sequence[str],
    pace: Pace,
    context: Context,
) -> Mapping[str, str]:
    """Instance id -> why the client stays; empty where it is gone."""
    run = partial(_run, role, stack, os_type)
    invoke_ids, refused = run_in_batches(destination, role, stack, instance_ids, run)
    ended = await_end(
        source_clients(destination, role, stack),
        role.region,
        invoke_ids,
        replace(pace, deadline_seconds=LONGEST_SECONDS),
        context.clock,
        lambda count: context.progress(f"SMC client removed: {count} of {len(instance_ids)}"),
    )
    outcomes = {each: _outcome(ended.get(each)) for each in instance_ids if each not in refused}
    return outcomes | {each: str(error) for each, error in refused.items()}


def _run(
    role: RoleAccess, stack: str, os_type: str, commanding: Clients, instance_ids: Sequence[str]
) -> str:
    return run_command(
        commanding,
        role.region,
        instance_ids,
        name=removal_command_name(stack),
        os_type=os_type,
        script=removal_script(os_type),
        timeout_seconds=TIMEOUT_SECONDS,
        # The outcome of an earlier attempt would hide what was mended; twice removed is removed.
        client_token=f"smc-{uuid4().hex}",
    )


def _outcome(invocation: Invocation | None) -> str:
    if invocation is None:
        return "the command has not ended in time"
    if invocation.exit_code == KEPT:
        return "it was there before the import"
    if invocation.status != InvocationStatus.SUCCESS:
        code = invocation.error_code or f"exit code {invocation.exit_code}"
        said = invocation.output.strip().partition("\n")[0]
        return f"the command ended as {invocation.status} ({code})" + (f": {said}" if said else "")
    return ""


def _told(name: str, instance_id: str, os_type: str, reason: str) -> str:
    if not reason:
        return f"{name}: the SMC client is removed from {instance_id}"
    folder = "C:\\smc" if os_type == "windows" else "/smc"
    return (
        f"{name}: the SMC client stays on {instance_id}: {reason.rstrip('.')}."
        f" Fix: delete {folder} there by hand, if nobody else needs it."
    )
