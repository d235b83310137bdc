"""The figures of a fleet, each with its goal, from the results of a run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LOOKS = (
    ("first_preview", "first preview"),
    ("preview", "no-change preview"),
    ("refresh", "refresh"),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        says: what it is.
        value: what was measured; a median where there are several.
        goal: what it is to be at most.
        spread: least and most, if it was measured more than once.
        digits: how many the value is shown with.
    """

    says: str
    value: float
    goal: float
    spread: tuple[float, float] | None = None
    digits: int = 2

    @property
    def is_met(self) -> bool:
        """Whether it is no more than its goal."""
        return self.value <= self.goal


def figures(results: Mapping[str, Any]) -> Iterator[Figure]:
    """All figures of which the results tell; a quick run has fewer."""
    lives = {each["servers"]: each for each in results.get("lives", ())}
    for servers, life in lives.items():
        yield _ratio(f"`up` of {servers} servers ÷ floor", life["up"]["ratio"], 1.3)
    if "ups" in results:
        servers, ratio = results["ups"]["servers"], results["ups"]["up"]["ratio"]
        yield _ratio(f"`up` of {servers} servers ÷ floor", ratio, 1.3)
    many = results.get("looks")
    if many:
        for name, says in LOOKS:
            yield _ratio(f"{says} of {many['servers']} servers ÷ floor", many[name]["ratio"], 1.3)
            if name in many["calls"]:
                yield Figure(
                    f"API calls of a {says} of {many['servers']} servers",
                    many["calls"][name],
                    45,
                    digits=0,
                )
        state = many["state_bytes"] / many["servers"]
        yield Figure("state bytes a server", state, 3000, digits=0)
        memory = max(many[name]["provider_mib"] for name in ("up", "preview", "refresh"))
        says = f"MiB of the provider process, {many['servers']} servers"
        yield Figure(says, memory, 250, digits=0)
    yield from _stacks(results.get("many_stacks"))
    first = results.get("first_running")
    if first:
        says = f"until {first['running']} of {first['servers']} run ÷ plain script"
        yield _ratio(says, first["ratio"], 1.5)
    destroyed = results.get("destroy_running")
    if destroyed:
        says = f"`destroy` of {destroyed['servers']} running servers ÷ floor and deletion by SMC"
        yield _ratio(says, destroyed["ratio"], 1.5)
    if "cold_start" in results:
        yield _ratio("preview of five ÷ of an empty program", results["cold_start"]["ratio"], 1.6)
    span = results["makespan"]
    says = f"makespan of {span['servers']} unequal servers at quota {span['quota']} ÷ lower bound"
    yield Figure(says, span["ratio"], 1.05, digits=3)
    naive = results["against_naive"]
    says = f"{naive['servers']} servers up to finished ÷ naive provider, virtual time"
    yield Figure(says, naive["ratio"], 0.1, digits=3)
    for look in results["virtual_looks"]:
        goal = -(-look["running"] // 50)
        says = f"Describe calls a tick, {look['running']} running"
        yield Figure(says, max(look["calls"]), goal, digits=0)
    calls = results["calls"]["polling_apart"]
    yield Figure("API calls a server from import to finished, polling apart", calls, 6)


def _stacks(fleet: Mapping[str, Any] | None) -> Iterator[Figure]:
    """Those of a fleet of several stacks, if it was measured."""
    if fleet:
        says = f"{fleet['servers']:,} servers in {fleet['stacks']} stacks"
        yield Figure(f"`fleet up` of {says} ÷ floor", fleet["ratio"], 1.3)
        missing = fleet["servers"] - fleet["migrated"]
        yield Figure(f"of {says} not migrated", missing, 0, digits=0)


def growth(results: Mapping[str, Any]) -> Iterator[Figure]:
    """Cost of our share, which is the total without the floor, at 1,000 servers over 100."""
    small = next((e for e in results.get("lives", ()) if e["servers"] == 100), None)
    large = results.get("looks")
    if small is None or not large:
        return
    for name, says in (("up", "`up`"), *LOOKS):
        shares = [
            each[name]["seconds"]["median"] - each[name]["floor_seconds"]["median"]
            for each in (large, small)
        ]
        grown = f"growth of our share of {says}, {large['servers']} servers over 100"
        yield Figure(grown, shares[0] / shares[1], 11)


def _ratio(says: str, measured: Mapping[str, Any], goal: float) -> Figure:
    return Figure(says, measured["median"], goal, (measured["least"], measured["most"]))
