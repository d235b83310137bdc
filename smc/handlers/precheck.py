"""What stands against an import, found before anything is changed: a line for each server.

What SMC's list of supported systems says in prose is not checked: no API tells it.

Calls: sts:AssumeRole, ecs:DescribeInstances, ecs:DescribeCloudAssistantStatus,
ecs:DescribeInvocations, smc:DescribeSourceServers.
Source: the seed's prerequisites; SMC user guide, "Migrate servers between ECS instances" (Windows).
"""

from collections.abc import Mapping

from smc.api.cloud_assistant import available_instances
from smc.api.instances import describe_instances
from smc.clients import Clients
from smc.connection import Connection
from smc.errors import MigrationError
from smc.handlers.context import Context, RoleAccess, source_clients
from smc.handlers.source_search import adopted_sources, registered_sources
from smc.models import Instance, SourceServer
from smc.selection import Selector, select_instances

NOT_IMPORTED = "cannot be imported"
NOT_ADOPTED = "cannot be adopted"
NOT_CHECKED = "is not checked before access is granted"
"""Come after the name of a server, before the reason; a review of the preview looks for them."""

OUTSIDE_THE_MAINLAND = frozenset({"cn-hongkong"})
"""Regions that begin with `cn-` and are not of the Chinese mainland."""


def unfit_instances(source: Clients, instances: Mapping[str, Instance]) -> dict[str, str]:
    """Why instances cannot be imported as they are, by server name."""
    reasons = {
        name: f"{instance} is {instance.status}, but must be Running to be imported."
        " Fix: start it and run `pulumi up` again."
        for name, instance in instances.items()
        if instance.status != "Running"
    }
    running = {n: i for n, i in instances.items() if n not in reasons}
    available = available_instances(
        source, source.connection.region, [i.instance_id for i in running.values()]
    )
    return reasons | {
        name: f"Cloud Assistant does not answer on {instance}."
        " Likely cause: its agent is not installed or stopped."
        " Fix: install or start the Cloud Assistant agent and run `pulumi up` again."
        for name, instance in running.items()
        if instance.instance_id not in available
    }


def is_mainland(region: str) -> bool:
    """Whether a region is of the Chinese mainland."""
    return region.startswith("cn-") and region not in OUTSIDE_THE_MAINLAND


def import_preview(
    stack: str,
    destination: Connection,
    role: RoleAccess,
    servers: Mapping[str, Selector],
    target_regions: Mapping[str, str],
    own: Connection | None,
    context: Context,
) -> list[str]:
    """One line for each server: what its import will do, or why it will fail. Changes nothing.

    Args:
        stack: see `smc.ownership`.
        destination: where the source servers are registered.
        role: the role in the source account, which a first preview does not find yet.
        servers: by name, how each is found.
        target_regions: by name, where each goes.
        own: the source account's own credentials, used instead of a missing role; None without.
        context: time.
    """
    clients = context.clients(destination)
    named = {n: str(s["source_id"]) for n, s in servers.items() if "source_id" in s}
    adopted = adopted_sources(clients, named)
    lines = {n: f"{NOT_ADOPTED}: {reason}" for n, reason in adopted.failures.items()}
    lines |= {n: _adopted(s, target_regions[n]) for n, s in adopted.found.items()}
    selectors = {n: s for n, s in servers.items() if n not in named}
    if selectors:
        try:
            source, listed = visible_instances(clients, role, stack, own, context)
        except MigrationError as error:
            reason = str(error).splitlines()[0]
            lines |= dict.fromkeys(selectors, f"{NOT_CHECKED}: {reason}")
        else:
            place = f"account {role.account}, region {role.region}"
            selection = select_instances(selectors, listed, place)
            lines |= {n: f"{NOT_IMPORTED}: {r}" for n, r in selection.failures.items()}
            known = registered_sources(clients, source, stack, selection.instances)
            new = {n: i for n, i in selection.instances.items() if n not in known.found}
            unfit = unfit_instances(source, new)
            lines |= {n: f"{NOT_IMPORTED}: {reason}" for n, reason in unfit.items()}
            for name, instance in selection.instances.items():
                if name in known.found:
                    done = "is imported" if name in known.ours else "is registered by others"
                    lines[name] = f"{done}: {known.found[name].source_id}, {instance}"
                elif name not in unfit:
                    lines[name] = f"will be imported: {instance}, {instance.os_name}"
                    lines[name] += _abroad(instance.os_type, target_regions[name])
    return [f"{name} {lines[name]}" for name in servers]


def visible_instances(
    destination: Clients, role: RoleAccess, stack: str, own: Connection | None, context: Context
) -> tuple[Clients, list[Instance]]:
    """All instances of the source region, and the clients that see them.

    Those of the role, which is not waited for; or else of the account's own credentials, if there
    are any.
    """
    source = source_clients(destination, role, stack, visible_within_seconds=0)
    try:
        return source, describe_instances(source, role.region)
    except MigrationError:
        if own is None:
            raise
        source = context.clients(own)
        return source, describe_instances(source, role.region)


def _adopted(source: SourceServer, region: str) -> str:
    system = "windows" if source.platform.startswith("Windows") else "linux"
    return f"is adopted: {source.source_id} ({source.name or 'no name'}){_abroad(system, region)}"


def _abroad(os_type: str, region: str) -> str:
    if os_type != "windows" or is_mainland(region):
        return ""
    return (
        f"; warning: since 2025-11-30 SMC migrates Windows to the Chinese mainland only,"
        f" not to {region}"
    )
