"""Rules that span several parts of the configuration, each a function from parts to problems.

They work on whatever parts are valid by themselves, so that one run reports every problem.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from smc.errors import Problem
from smc.policies import LONGEST_POLICY, instance_arn, source_policy
from smc.settings.accounts import Destination, Source
from smc.settings.job import JobOptions
from smc.settings.model import Server
from smc.settings.wave import Wave


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a configuration that are valid by themselves.

    wave_names and template_names have every one written down, valid or not, so that a broken one is
    not also reported as missing.
    """

    source: Source | None = None
    destination: Destination | None = None
    servers: dict[str, Server] = field(default_factory=dict)
    waves: dict[str, Wave] = field(default_factory=dict)
    wave_names: frozenset[str] = frozenset()
    defaults: JobOptions = field(default_factory=JobOptions)
    templates: dict[str, JobOptions] = field(default_factory=dict)
    template_names: frozenset[str] = frozenset()
    has_prices: bool = False
    has_budget: bool = False


def accounts_differ(parts: Parts) -> Iterator[Problem]:
    """Cross-account migration needs two accounts."""
    if parts.source and parts.destination and parts.source.account == parts.destination.account:
        yield Problem(
            "destination.account",
            f"is the same as source.account ({parts.source.account}).",
            "give the account that the servers move to.",
        )


def waves_exist(parts: Parts) -> Iterator[Problem]:
    """Waves named by servers and by other waves exist."""
    known = ", ".join(sorted(parts.wave_names)) or "none is defined"
    for name, server in parts.servers.items():
        if server.wave is None and len(parts.wave_names) > 1:
            yield Problem(f"servers.{name}.wave", "is missing.", f"name one of: {known}.")
        if server.wave is not None and server.wave not in parts.wave_names:
            yield Problem(
                f"servers.{name}.wave",
                f"{server.wave} is not a wave.",
                f"define it under `waves`, or name one of: {known}.",
            )
    for name, wave in parts.waves.items():
        for other in wave.after:
            if other not in parts.wave_names:
                yield Problem(
                    f"waves.{name}.after", f"{other} is not a wave.", f"name one of: {known}."
                )


def waves_are_ordered(parts: Parts) -> Iterator[Problem]:
    """No wave waits for itself."""
    graph = {name: wave.after for name, wave in parts.waves.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = " after ".join(reversed(error.args[1]))
        yield Problem(f"waves.{error.args[1][0]}.after", f"waits for itself: {circle}.")


def command_targets(source: Source, servers: Mapping[str, Server]) -> list[str]:
    """ARNs of the instances that are listed by id: where a strict policy allows commands."""
    ids = [server.select.id for server in servers.values() if server.select]
    return [instance_arn(source.region, source.account, id_) for id_ in ids if id_]


def strict_lists_instances(parts: Parts) -> Iterator[Problem]:
    """A policy that lists instances has to know their ids, and has a longest length."""
    if parts.source is None or not parts.source.role.strict:
        return
    for name, server in parts.servers.items():
        if server.select and not server.select.id:
            yield Problem(
                f"servers.{name}.select",
                "source.role.strict allows only instances that are selected by id.",
                "select it by id.",
            )
    targets = command_targets(parts.source, parts.servers)
    length = len(source_policy(targets))
    if length > LONGEST_POLICY:
        yield Problem(
            "source.role.strict",
            f"a policy that lists {len(targets)} instances has {length} characters; RAM allows"
            f" {LONGEST_POLICY}.",
            "spread the servers over several stacks with roles of their own, or leave it out.",
        )


def budget_has_prices(parts: Parts) -> Iterator[Problem]:
    """Without prices nothing is told in money, so no budget could be kept."""
    if parts.has_budget and not parts.has_prices:
        yield Problem(
            "budget",
            "is set, but no prices are.",
            "set `prices`, or leave out the budget.",
        )


def targets_are_unique(parts: Parts) -> Iterator[Problem]:
    """No two servers become the same image or replace the same instance."""
    region = parts.destination.region if parts.destination else ""
    taken: dict[tuple[str, str], str] = {}
    for name, server in parts.servers.items():
        target = server.target
        container = target.container
        reference = (
            f"{container.namespace}/{container.repository}:{container.tag}" if container else ""
        )
        key = (target.region or region, target.image or target.instance or reference)
        if key in taken:
            yield Problem(
                f"servers.{name}.target.{target.kind}",
                f"{key[1]} is also the target of {taken[key]}.",
                "give every server a target of its own.",
            )
        taken.setdefault(key, name)


def selectors_are_unique(parts: Parts) -> Iterator[Problem]:
    """No two entries mean the same server by the same words."""
    taken: dict[str, str] = {}
    for name, server in parts.servers.items():
        selected = server.select.describe() if server.select else f"sourceId {server.source_id}"
        if selected in taken:
            key = "select" if server.select else "sourceId"
            yield Problem(
                f"servers.{name}.{key}",
                f"{selected} is already {taken[selected]}.",
                "list every server once.",
            )
        taken.setdefault(selected, name)
