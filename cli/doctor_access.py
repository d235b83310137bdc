"""Access that an update granted in the moment in which it was killed: no state knows of it."""

from collections.abc import Collection, Mapping
from dataclasses import astuple
from typing import Any

from cli.finding import Finding, State
from smc.clients import Clients
from smc.errors import MigrationError
from smc.handlers.granted_access import granted_access
from smc.settings import Settings

CHECK = "access"


def ids_in_ram(deployment: Mapping[str, Any]) -> set[str]:
    """Ids of all roles, policies and grants that a state knows."""
    resources = deployment.get("resources") or []
    return {each["id"] for each in resources if each["type"].startswith("alicloud:ram/")}


def examine_access(settings: Settings, stack: str, known: Collection[str], up: str) -> Finding:
    """Whether all that carries the stack's mark in RAM is in its state.

    Args:
        settings: of the stack.
        stack: its full name.
        known: what its state knows, see `ids_in_ram`.
        up: the command that updates the stack.
    """
    role = settings.source.role
    try:
        granted = granted_access(
            Clients(settings.connection(settings.source)),
            Clients(settings.connection(settings.destination)),
            stack,
            role.name,
            role.policy_name,
            settings.destination.user,
        )
    except MigrationError as error:
        return Finding(CHECK, State.UNKNOWN, str(error).splitlines()[0])
    unknown = sorted(set(filter(None, astuple(granted))) - set(known))
    if not unknown:
        return Finding(CHECK, State.OK, "all that this stack granted is in its state")
    says = (
        f"an update that was killed granted {', '.join(unknown)}, of which the state knows nothing:"
        " `pulumi up` takes it over, also if the stack is to be destroyed then."
    )
    return Finding(CHECK, State.PROBLEM, says, up)
