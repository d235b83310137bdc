"""Whether who is in which stack is what it was: a file that was lost or not committed is noticed.

What a stack has registered with SMC carries its name, and its resources are in Pulumi's state. So a
server that is given a place is looked for where it may be already.

Calls: smc:DescribeSourceServers.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from cli.fleet.fleet_file import fleet_file
from cli.fleet.plan import FleetPlan
from cli.fleet.split import ACCESS, By
from cli.sweep import full_stack_name
from smc.accounts import verify_account
from smc.api.source_servers import describe_source_servers
from smc.clients import Clients
from smc.errors import Problem, SettingsError
from smc.ownership import SERVER_TAG, STACK_TAG
from smc.settings import load_settings


def refuse_moves(plan: FleetPlan, resources: Mapping[str, int], organization: str) -> None:
    """Refuse a plan in which a server would go from the stack that it is in to another.

    Args:
        plan: of the fleet.
        resources: the project's stacks, each with how many resources it has.
        organization: of the stacks.

    Raises:
        SettingsError: with where servers are, stacks that nobody knows of any more, and stacks
            of the same name that are none of the fleet.
        MigrationError: SMC cannot be asked.
    """
    known = {stack.name for stack in plan.stacks}
    own = {name for name, count in resources.items() if count and _is_own(plan, name, known)}
    problems = [_forgotten(plan, name) for name in sorted(own - known)]
    if plan.new and own:
        homes = _homes(plan, organization)
        problems += [*_moves(plan, homes, own), *_strangers(plan, homes, own)]
    if problems:
        raise SettingsError(problems)


def _is_own(plan: FleetPlan, name: str, known: Collection[str]) -> bool:
    """Whether a stack has servers of the fleet: one that it knows, or one that its number tells."""
    if name == f"{plan.fleet}-{ACCESS}":
        return False
    numbered = re.fullmatch(rf"{re.escape(plan.fleet)}-\d+", name) is not None
    return name in known or (numbered and plan.split.by is By.SIZE)


def _homes(plan: FleetPlan, organization: str) -> dict[str, str]:
    """The stack of each server that one has registered."""
    settings = next(
        load_settings(stack.settings, plan.project)
        for stack in plan.stacks
        if stack.settings is not None and stack.members is not None
    )
    clients = Clients(settings.connection(settings.destination))
    verify_account(clients, "destination")
    prefix = full_stack_name(plan.project, "", organization)
    return {
        source.tags[SERVER_TAG]: source.tags[STACK_TAG].removeprefix(prefix)
        for source in describe_source_servers(clients)
        if source.tags.get(STACK_TAG, "").startswith(prefix) and SERVER_TAG in source.tags
    }


def _moves(plan: FleetPlan, homes: Mapping[str, str], own: Collection[str]) -> Iterable[Problem]:
    """Servers that another stack of the fleet has."""
    moving: dict[tuple[str, str], list[str]] = {}
    for server, place in plan.new.items():
        home = homes.get(server, place)
        if home != place and home in own:
            moving.setdefault((home, place), []).append(server)
    for (home, place), servers in moving.items():
        more = f", as {len(servers) - 1} others," if len(servers) > 1 else ""
        yield Problem(
            f"servers.{servers[0]}",
            f"{servers[0]}{more} is in stack {home}, as SMC has it, and would go to {place}.",
            _fix(plan.project, plan.fleet),
        )


def _strangers(
    plan: FleetPlan, homes: Mapping[str, str], own: Collection[str]
) -> Iterable[Problem]:
    """Stacks that were there before the fleet knew of them, and have not the fleet's servers."""
    for stack in plan.stacks:
        if stack.name not in own or stack.members is None or stack.members.leaving:
            continue
        theirs = {server for server, home in homes.items() if home == stack.name}
        if plan.new.keys() >= set(stack.members.servers) and not theirs & plan.new.keys():
            yield Problem(
                f"waves.{stack.members.wave}",
                f"its stack would be {stack.name}, which is there already, with other servers.",
                "give the wave another name, or destroy that stack before.",
            )


def _forgotten(plan: FleetPlan, name: str) -> Problem:
    file = fleet_file(plan.project, plan.fleet).name
    return Problem(
        f"{file} stacks",
        f"stack {name} has resources and is not in it.",
        f"{_fix(plan.project, plan.fleet)} If it is to go: pulumi destroy --stack {name}.",
    )


def _fix(project: Path, fleet: str) -> str:
    return f"bring back {fleet_file(project, fleet).name} as it was after the last `fleet up`."
