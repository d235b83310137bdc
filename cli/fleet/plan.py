"""A fleet that is ready to be driven: its stacks with their settings, all checked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cli.fleet.fleet_file import fleet_file, read_split
from cli.fleet.settings import (
    LONGEST_ROLE_NAME,
    FleetSettings,
    access_settings_of,
    stack_settings_of,
)
from cli.fleet.split import ACCESS, DEFAULT_SIZE, MOST_SERVERS, By, Members, Split, divide
from cli.stack_file import raw_settings
from smc.errors import Problem, SettingsError
from smc.settings import load_settings
from smc.settings.inventory import read_inventory
from smc.settings.load import RULES, load_settings_as
from smc.settings.rules import strict_lists_instances


@dataclass(frozen=True, slots=True)
class FleetStack:
    """A stack of a fleet.

    Attributes:
        name: of the stack.
        members: its servers; None for the stack with what all others share.
        settings: what stands in its file; None where it is to be destroyed.
        after: stacks that have to have ended before it begins.
        held_by: of these, those whose failures keep it from beginning.
    """

    name: str
    members: Members | None
    settings: Mapping[str, Any] | None
    after: frozenset[str] = frozenset()
    held_by: frozenset[str] = frozenset()

    @property
    def servers(self) -> int:
        """How many servers it migrates."""
        return len(self.members.servers) if self.members else 0


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """All stacks of a fleet, in the order in which they begin.

    Attributes:
        fleet: name of the stack whose file has the settings.
        project: folder of the files.
        split: which server is in which stack.
        stacks: the first is what all share, if there is anything.
        new: the stack of each server that had none before.
    """

    fleet: str
    project: Path
    split: Split
    stacks: tuple[FleetStack, ...]
    new: Mapping[str, str]

    @property
    def servers(self) -> int:
        """How many servers are to be migrated."""
        return sum(stack.servers for stack in self.stacks)


def make_plan(
    project: Path, fleet: str, by: By | None = None, size: int | None = None
) -> FleetPlan:
    """Check the settings of a fleet and split them. Writes nothing, and calls nothing.

    Args:
        project: folder of the stack file.
        fleet: name of the stack whose file has the settings.
        by: what a stack is made of; None for what it was before, and at first for waves where
            there are several, none of them too large for a stack.
        size: most servers of a stack that is split by size; None for what it was before.

    Raises:
        SettingsError: all problems, with their YAML paths.
    """
    raw = raw_settings(project, fleet)
    # Each stack lists its own instances, which is checked below.
    rules = [rule for rule in RULES if rule is not strict_lists_instances]
    settings = load_settings_as(FleetSettings, raw, project, rules)
    waves = {name: tuple(servers) for name, servers in settings.wave_members().items()}
    known = _known(project, fleet, by, size, waves)
    of_server = {server: wave for wave, servers in waves.items() for server in servers}
    # In the order of the inventory, which is not that of the waves.
    wave_of = {server: of_server[server] for server in settings.servers}
    try:
        split, new = divide(fleet, wave_of, list(waves), known)
    except SettingsError as error:
        raise SettingsError(_located(error.problems, raw, project)) from error
    stacks = tuple(_stacks(fleet, settings, split))
    problems = [*_fleet_problems(settings, stacks), *_stack_problems(stacks, project)]
    if problems:
        raise SettingsError(problems)
    return FleetPlan(fleet, project, split, stacks, new)


def _located(
    problems: Sequence[Problem], raw: Mapping[str, Any], project: Path
) -> Sequence[Problem]:
    """Problems at their places in the inventory file, if there is one."""
    file = raw.get("serversFile")
    if not isinstance(file, str):
        return problems
    inventory = read_inventory(project / file)
    return [inventory.located(problem) for problem in problems]


def _known(
    project: Path,
    fleet: str,
    by: By | None,
    size: int | None,
    waves: Mapping[str, Sequence[str]],
) -> Split:
    file = fleet_file(project, fleet)
    known = read_split(file)
    if known is None:
        fit = len(waves) > 1 and max(map(len, waves.values())) <= MOST_SERVERS
        known = Split(by or (By.WAVE if fit and size is None else By.SIZE), DEFAULT_SIZE)
    elif by not in {None, known.by}:
        problem = Problem(
            f"{file.name} by",
            f"the fleet is split by {known.by}; split by {by} its servers would move.",
            "leave out --by, or run `fleet destroy --remove` before.",
        )
        raise SettingsError([problem])
    return replace(known, size=size) if size else known


def _stacks(fleet: str, settings: FleetSettings, split: Split) -> Iterable[FleetStack]:
    shared: frozenset[str] = frozenset()
    access = access_settings_of(settings)
    if access is not None:
        shared = frozenset({f"{fleet}-{ACCESS}"})
        yield FleetStack(f"{fleet}-{ACCESS}", None, access)
    of_wave: dict[str, set[str]] = {}
    for name, members in split.stacks.items():
        of_wave.setdefault(members.wave, set()).add(name)
    for name, members in split.stacks.items():
        if not members.servers:
            yield FleetStack(name, members, None, shared)
            continue
        before = settings.waves_before(members.wave)
        holding = {wave for wave in before if settings.waves[wave].on_failure == "hold"}
        yield FleetStack(
            name,
            members,
            stack_settings_of(settings, members, name.removeprefix(f"{fleet}-")),
            shared.union(*(of_wave.get(wave, ()) for wave in before)),
            shared.union(*(of_wave.get(wave, ()) for wave in holding)),
        )


def _fleet_problems(settings: FleetSettings, stacks: Sequence[FleetStack]) -> Iterable[Problem]:
    if not settings.servers and not any(stack.members for stack in stacks):
        yield Problem("servers", "there are none.", "name them, or a serversFile.")
    if settings.budget is not None:
        yield Problem(
            "budget",
            "is kept by the preview of one stack, and of a fleet there are several.",
            "leave it out; `python -m cli estimate` tells what a stack costs.",
        )
    for stack in stacks:
        name = str((stack.settings or {}).get("source", {}).get("role", {}).get("name", ""))
        if len(name) > LONGEST_ROLE_NAME and stack.members:
            yield Problem(
                "source.role.name",
                f"the role of stack {stack.name} would be {name}, and RAM allows"
                f" {LONGEST_ROLE_NAME} characters.",
                "give the role or the wave a shorter name.",
            )


def _stack_problems(stacks: Sequence[FleetStack], project: Path) -> Iterable[Problem]:
    """What is wrong with the settings of a stack though nothing is with the fleet's."""
    for stack in stacks:
        if stack.settings is None:
            continue
        try:
            load_settings(stack.settings, project)
        except SettingsError as error:
            for problem in error.problems:
                yield replace(problem, path=f"stack {stack.name}: {problem.path}")
