"""Commands on the real engine, in turn with the same commands on what they are held against."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.fleet.clouds import fleet_cloud, fleet_settings
from bench.fleet.stacks import Cost, MeasuredStack, empty_stack, fleet_stack, floor_stack
from bench.fleet.state_parts import compact_size
from bench.spread import spread
from cli.local_emulator import LocalEmulator

FAST = 100_000.0
"""Virtual seconds a real second: no migration is waited for."""

FAST_FOR_MANY = 8_000.0
"""The same where making the jobs takes minutes, in which none may expire: they have 30 days."""

UP = ("up", "--yes", "--skip-preview")
PREVIEW = ("preview",)
REFRESH = ("refresh", "--yes", "--skip-preview")
DESTROY = ("destroy", "--yes", "--skip-preview")


@dataclass
class Pair:
    """What was measured of ours and of the floor, in turn."""

    ours: list[Cost] = field(default_factory=list)
    floor: list[Cost] = field(default_factory=list)

    def figures(self) -> dict[str, Any]:
        """Medians and spreads: seconds of both, and the ratio of each round."""
        both = list(zip(self.ours, self.floor, strict=True))
        return {
            "seconds": spread([each.seconds for each in self.ours], 2),
            "floor_seconds": spread([each.seconds for each in self.floor], 2),
            "ratio": spread([a.seconds / b.seconds for a, b in both], 3),
            "cpu_ratio": spread([a.cpu_seconds / b.cpu_seconds for a, b in both], 3),
            "provider_mib": max(each.provider_mib for each in self.ours),
        }


@contextmanager
def pair_of_stacks(
    folder: Path, servers: int, speed: float = FAST
) -> Iterator[tuple[LocalEmulator, MeasuredStack, MeasuredStack]]:
    """A fleet on an emulator of its own, and its floor."""
    with fleet_cloud(folder / "cloud", servers, speed) as emulator:
        ours = fleet_stack(folder / "ours", fleet_settings(emulator, servers))
        yield emulator, ours, floor_stack(folder / "floor", servers)


def lives(folder: Path, servers: int, rounds: int) -> dict[str, Any]:
    """Whole lives: the first preview, up, a preview, a refresh and destroy, over the floor's."""
    commands = {
        "first_preview": PREVIEW,
        "up": UP,
        "preview": PREVIEW,
        "refresh": REFRESH,
        "destroy": DESTROY,
    }
    measured = {name: Pair() for name in commands}
    state_bytes = floor_bytes = 0
    with pair_of_stacks(folder, servers) as (emulator, ours, floor):
        world = emulator.control("GET", "snapshot")
        for _ in range(rounds):
            # A new life, without the images of the one before.
            emulator.control("POST", "restore", world)
            for name, command in commands.items():
                measured[name].ours.append(ours.cost(*command))
                measured[name].floor.append(floor.cost(*command))
                if name == "up":
                    state_bytes = compact_size(ours.state())
                    floor_bytes = compact_size(floor.state())
    return {
        "servers": servers,
        "state_bytes": state_bytes,
        "floor_state_bytes": floor_bytes,
        **{name: pair.figures() for name, pair in measured.items()},
    }


def ups(folder: Path, servers: int, rounds: int) -> dict[str, Any]:
    """Only `up`, of a fleet that is too large for whole lives."""
    measured = Pair()
    with pair_of_stacks(folder, servers, FAST_FOR_MANY) as (emulator, ours, floor):
        world = emulator.control("GET", "snapshot")
        for _ in range(rounds):
            emulator.control("POST", "restore", world)
            for stack, costs in ((ours, measured.ours), (floor, measured.floor)):
                stack.forget()
                costs.append(stack.cost(*UP))
    return {"servers": servers, "up": measured.figures()}


def looks(folder: Path, servers: int, rounds: int) -> dict[str, Any]:
    """Previews and refreshes of a fleet that is there, over the floor's; and their calls."""
    measured = {"first_preview": Pair(), "preview": Pair(), "refresh": Pair()}
    calls: dict[str, int] = {}
    with pair_of_stacks(folder, servers, FAST_FOR_MANY) as (emulator, ours, floor):
        for _ in range(rounds):
            measured["first_preview"].ours.append(ours.cost(*PREVIEW))
            measured["first_preview"].floor.append(floor.cost(*PREVIEW))
        up = Pair([ours.cost(*UP)], [floor.cost(*UP)])
        for _ in range(rounds):
            for name, command in (("preview", PREVIEW), ("refresh", REFRESH)):
                before = sum(emulator.call_counts().values())
                measured[name].ours.append(ours.cost(*command))
                calls[name] = sum(emulator.call_counts().values()) - before
                measured[name].floor.append(floor.cost(*command))
        size = compact_size(ours.state()), compact_size(floor.state())
    return {
        "servers": servers,
        "state_bytes": size[0],
        "floor_state_bytes": size[1],
        "calls": calls,
        "up": up.figures(),
        **{name: pair.figures() for name, pair in measured.items()},
    }


def cold_start(folder: Path, rounds: int) -> dict[str, Any]:
    """A preview of five servers, as the demo has, over that of a program that declares nothing."""
    pair = Pair()
    with fleet_cloud(folder / "cloud", 5, FAST) as emulator:
        ours = fleet_stack(folder / "ours", fleet_settings(emulator, 5))
        empty = empty_stack(folder / "empty")
        for _ in range(rounds):
            pair.ours.append(ours.cost(*PREVIEW))
            pair.floor.append(empty.cost(*PREVIEW))
    return pair.figures()
