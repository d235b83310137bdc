"""When each of many migrations begins and ends: waves in their order, within a quota.

This is what a wave does with its jobs, without the jobs: `smc.handlers.wave_drive` starts them in
the same order.
"""

import heapq
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One migration.

    Attributes:
        wave: the wave that it is of.
        seconds: how long it takes.
        size_gib: by which the longest is known before it has run.
        at: SMC starts it by itself so many seconds from now, and nobody waits for it; None: its
            wave starts it.
    """

    wave: str
    seconds: float
    size_gib: float
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """When a wave begins: after other waves, and not before so many seconds from now.

    waited: whether the waves after it wait for its migrations.
    """

    after: Collection[str] = ()
    not_before: float = 0.0
    waited: bool = True


@dataclass(frozen=True, slots=True)
class Slot:
    """When a migration begins and ends, in seconds from now."""

    begins: float
    ends: float


def longest_first(sizes: Mapping[str, float]) -> list[str]:
    """Names with the largest first; equal ones stay in their order."""
    return sorted(sizes, key=lambda name: -sizes[name])


def plan(tasks: Mapping[str, Task], turns: Mapping[str, Turn], quota: int) -> dict[str, Slot]:
    """The slot of every task.

    Args:
        tasks: name -> task; its wave is one of `turns`.
        turns: wave -> its turn; no wave waits for itself.
        quota: how many may run at a time, at least 1.
    """
    now = 0.0
    slots: dict[str, Slot] = {}
    doors = _Doors(tasks, turns)
    running: list[float] = []
    while len(slots) < len(tasks):
        while running and running[0] <= now:
            heapq.heappop(running)
        doors.turn(slots)
        due = {name: doors.due(name) for name in tasks if name not in slots}
        ready = {name: tasks[name].size_gib for name, at in due.items() if at <= now}
        for name in longest_first(ready)[: quota - len(running)]:
            slots[name] = Slot(now, now + tasks[name].seconds)
            heapq.heappush(running, slots[name].ends)
            del due[name]
        # Where nobody waits, a wave that has started its last one opens the next at once.
        doors.turn(slots)
        moments = [] if len(running) >= quota else [doors.due(name) for name in due]
        now = max(now, min([*moments, *running[:1]], default=now))
    return slots


class _Doors:
    """From when each wave may start its tasks, as far as that is known."""

    def __init__(self, tasks: Mapping[str, Task], turns: Mapping[str, Turn]) -> None:
        self._tasks = tasks
        self._turns = turns
        self._opened: dict[str, float] = {}
        self._closed: dict[str, float] = {}
        self._members: dict[str, list[str]] = {wave: [] for wave in turns}
        for name, task in tasks.items():
            if task.at is None:
                self._members[task.wave].append(name)

    def due(self, name: str) -> float:
        """From when a task may be started; infinity while that is not known."""
        task = self._tasks[name]
        return self._opened.get(task.wave, math.inf) if task.at is None else task.at

    def turn(self, slots: Mapping[str, Slot]) -> None:
        """Open and close what these slots allow."""
        known = -1
        while known < len(self._opened) + len(self._closed):
            known = len(self._opened) + len(self._closed)
            for wave, turn in self._turns.items():
                if wave not in self._opened and self._closed.keys() >= set(turn.after):
                    ends = [self._closed[other] for other in turn.after]
                    self._opened[wave] = max([turn.not_before, *ends])
                if wave in self._opened and wave not in self._closed:
                    self._close(wave, slots)

    def _close(self, wave: str, slots: Mapping[str, Slot]) -> None:
        mine = [slots[name] for name in self._members[wave] if name in slots]
        if len(mine) == len(self._members[wave]):
            last = [slot.ends if self._turns[wave].waited else slot.begins for slot in mine]
            self._closed[wave] = max([self._opened[wave], *last])
