"""Which server is in which stack. Pure: names in, names out.

A server that went from one stack to another would be taken back in the one and migrated anew in the
other. So whatever was decided stays: a server is where it was, whichever lines of an inventory come
and go around it, and only new ones are given a place.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from smc.errors import Problem, SettingsError

MOST_SERVERS = 1000
"""That the settings of a stack may have."""

DEFAULT_SIZE = 500
ACCESS = "access"
"""Ends the name of the stack with what all others share, so it cannot be a wave's."""

LONGEST_STACK_NAME = 100
"""Pulumi's."""


class By(StrEnum):
    """What a stack is made of."""

    WAVE = "wave"
    """A wave is a stack."""

    SIZE = "size"
    """So many servers of a wave are a stack."""


@dataclass(frozen=True, slots=True)
class Members:
    """The servers of one stack.

    Attributes:
        wave: of all of them, for stacks keep the order of waves between them.
        servers: that are to be migrated, those that came first first.
        leaving: that are in the inventory no more, but in the stack until its next `up`.
    """

    wave: str
    servers: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """All stacks of a fleet.

    Attributes:
        by: what a stack is made of.
        size: most servers of a stack that new ones are added to.
        stacks: by name, in the order of their waves and numbers.
    """

    by: By
    size: int
    stacks: Mapping[str, Members] = field(default_factory=dict)

    def home(self) -> dict[str, str]:
        """The stack of each server that is in one, or leaves it."""
        return {
            server: name
            for name, members in self.stacks.items()
            for server in (*members.servers, *members.leaving)
        }

    def without(self, stack: str) -> "Split":
        """The split when a stack is gone."""
        return replace(self, stacks={n: m for n, m in self.stacks.items() if n != stack})

    def settled(self, stack: str) -> "Split":
        """The split when a stack has given up what leaves it."""
        stacks = {**self.stacks, stack: replace(self.stacks[stack], leaving=())}
        return replace(self, stacks=stacks)


def divide(
    fleet: str, wave_of: Mapping[str, str], waves: Sequence[str], known: Split
) -> tuple[Split, dict[str, str]]:
    """Give every server a stack.

    Args:
        fleet: name of the stack whose file has the settings; those of all stacks begin with it.
        wave_of: the wave of each server, in the order of the inventory.
        waves: all waves, in their order.
        known: what was decided before; without stacks if nothing was.

    Returns:
        The split, and the stack of each server that had none before.

    Raises:
        SettingsError: a server would move, a wave does not fit, or a name cannot be a stack's.
    """
    home = known.home()
    problems = [*_moves(wave_of, known, home), *_unnameable(fleet, waves, known.by)]
    servers = {name: _staying(members, wave_of) for name, members in known.stacks.items()}
    stacks = {
        name: replace(
            members,
            servers=tuple(servers[name]),
            leaving=tuple(s for s in (*members.servers, *members.leaving) if s not in wave_of),
        )
        for name, members in known.stacks.items()
    }
    new: dict[str, str] = {}
    for wave in waves:
        for server in (s for s, w in wave_of.items() if w == wave and s not in home):
            name = _place(fleet, wave, stacks, known)
            members = stacks.get(name, Members(wave))
            stacks[name] = replace(members, servers=(*members.servers, server))
            new[server] = name
    problems += _unfit(stacks)
    if problems:
        raise SettingsError(problems)
    ordered = sorted(stacks, key=lambda name: _rank(name, stacks[name].wave, waves))
    return replace(known, stacks={name: stacks[name] for name in ordered}), new


def _staying(members: Members, wave_of: Mapping[str, str]) -> list[str]:
    """Those of a stack that are in the inventory; who had begun to leave may have come back."""
    return [s for s in (*members.servers, *members.leaving) if s in wave_of]


def _moves(wave_of: Mapping[str, str], known: Split, home: Mapping[str, str]) -> Iterable[Problem]:
    """A problem for each stack and wave between which servers would move."""
    moving: dict[tuple[str, str], list[str]] = {}
    for server, wave in wave_of.items():
        if server in home and known.stacks[home[server]].wave != wave:
            moving.setdefault((home[server], wave), []).append(server)
    for (stack, wave), servers in moving.items():
        more = f", as {len(servers) - 1} others," if len(servers) > 1 else ""
        yield Problem(
            f"servers.{servers[0]}.wave",
            f"{servers[0]}{more} is in stack {stack}, of wave {known.stacks[stack].wave}. Going to"
            f" wave {wave}, it would be taken back there and be migrated anew.",
            "leave the wave as it was; or take the server out, `fleet up`, and put it in again.",
        )


def _place(fleet: str, wave: str, stacks: Mapping[str, Members], split: Split) -> str:
    """The stack that the next new server of a wave goes to, which may be a new one."""
    if split.by is By.WAVE:
        return wave_stack(fleet, wave)
    for name, members in stacks.items():
        room = split.size - len(members.servers) - len(members.leaving)
        if members.wave == wave and room > 0:
            return name
    return f"{fleet}-{max((_number(name) for name in stacks), default=0) + 1}"


def wave_stack(fleet: str, wave: str) -> str:
    """Name of the stack of a wave; Pulumi allows no colon in it."""
    return f"{fleet}-{wave.replace(':', '-')}"


def _unnameable(fleet: str, waves: Sequence[str], by: By) -> Iterable[Problem]:
    """Waves whose stacks would have the name of another stack."""
    taken = {f"{fleet}-{ACCESS}": "what all stacks share"}
    for wave in waves if by is By.WAVE else ():
        name = wave_stack(fleet, wave)
        if name in taken:
            yield Problem(
                f"waves.{wave}",
                f"its stack would be {name}, which is that of {taken[name]}.",
                "give the wave another name, or split by size: --by size.",
            )
        taken[name] = f"wave {wave}"


def _unfit(stacks: Mapping[str, Members]) -> Iterable[Problem]:
    for name, members in stacks.items():
        if len(members.servers) > MOST_SERVERS:
            yield Problem(
                f"waves.{members.wave}",
                f"has {len(members.servers):,} servers, and a stack has {MOST_SERVERS:,} at most.",
                "split by size: --by size.",
            )
        if len(name) > LONGEST_STACK_NAME:
            yield Problem(
                f"waves.{members.wave}",
                f"{name} is longer than the {LONGEST_STACK_NAME} characters of a stack's name.",
                "give the wave a shorter name, or split by size.",
            )


def _rank(name: str, wave: str, waves: Sequence[str]) -> tuple[int, int, str]:
    # The wave of a stack that nobody is in any more may be gone from the settings.
    return waves.index(wave) if wave in waves else len(waves), _number(name), name


def _number(name: str) -> int:
    last = name.rpartition("-")[2]
    return int(last) if last.isdecimal() else 0
