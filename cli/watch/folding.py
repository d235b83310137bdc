"""Which waves, servers and troubles are shown where not all of them fit."""

from collections.abc import Sequence
from dataclasses import dataclass

from smc.fleet_status import FleetStatus, ServerStatus, Stage, WaveStatus

URGENT = (Stage.FAILED, Stage.RUNNING, Stage.PENDING, Stage.HELD, Stage.DONE)
"""What is shown first."""

TROUBLE_SHARE = 3
"""At most one line in three tells of troubles, unless there is nothing else to show."""


@dataclass(frozen=True, slots=True)
class Folded:
    """What fits.

    Attributes:
        waves: the waves shown, each with those of its servers that are shown.
        waves_left_out: how many waves are not shown.
        servers_left_out: how many servers are not shown.
        troubles: lines about troubles.
        troubles_left_out: how many lines about troubles are not shown.
    """

    waves: tuple[tuple[WaveStatus, tuple[ServerStatus, ...]], ...]
    waves_left_out: int
    servers_left_out: int
    troubles: tuple[str, ...]
    troubles_left_out: int

    @property
    def lines(self) -> int:
        """How many lines it takes, notes about what is left out included."""
        shown = sum(1 + len(servers) for _, servers in self.waves)
        notes = bool(self.waves_left_out or self.servers_left_out) + bool(self.troubles_left_out)
        return shown + len(self.troubles) + notes


def fold(status: FleetStatus, troubles: Sequence[str], height: int) -> Folded:
    """Choose what fits into so many lines, the most urgent first.

    Args:
        status: what there is.
        troubles: lines about its troubles.
        height: lines that there are; at least 4 are used.
    """
    height = max(height, 4)
    everything = sum(1 + len(wave.servers) for wave in status.waves)
    if everything + len(troubles) <= height:
        all_shown = tuple((wave, wave.servers) for wave in status.waves)
        return Folded(all_shown, 0, 0, tuple(troubles), 0)
    most = max(height // TROUBLE_SHARE, height - everything)
    told = tuple(troubles) if len(troubles) <= most else tuple(troubles[: max(most - 1, 0)])
    told_lines = len(told) + (len(told) < len(troubles))
    # One line says what is left out.
    shown = _choose(status.waves, height - told_lines - 1)
    return Folded(
        shown,
        len(status.waves) - len(shown),
        len(status.members()) - sum(len(servers) for _, servers in shown),
        told,
        len(troubles) - len(told),
    )


def _choose(
    waves: Sequence[WaveStatus], lines: int
) -> tuple[tuple[WaveStatus, tuple[ServerStatus, ...]], ...]:
    """The most urgent waves, each a line, and with the lines that remain the most urgent servers.

    They stay in their order.
    """
    by_urgency = sorted(range(len(waves)), key=lambda number: _urgency(waves[number]))
    headed = sorted(by_urgency[: max(lines // 2, 1)])
    candidates = [(number, n) for number in headed for n in range(len(waves[number].servers))]
    candidates.sort(key=lambda place: URGENT.index(waves[place[0]].servers[place[1]].stage))
    chosen = set(candidates[: max(lines - len(headed), 0)])
    return tuple(
        (
            waves[number],
            tuple(s for n, s in enumerate(waves[number].servers) if (number, n) in chosen),
        )
        for number in headed
    )


def _urgency(wave: WaveStatus) -> int:
    return min((URGENT.index(server.stage) for server in wave.servers), default=len(URGENT))
