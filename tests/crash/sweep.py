"""One crash after another: kill at a call, recover as the documentation says, compare the worlds.

What is right is told by an uninterrupted run on the same world, never by a state of Pulumi's.
"""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from emulator.world.snapshot import Snapshot, restore_snapshot, take_snapshot
from tests.crash.census import Census, rows_of, take_census
from tests.crash.stack import POLLING, SECONDS_A_CALL, SERVERS, plant_foreign_objects
from tests.crash.victims import LONGEST_SECONDS, Processes, Victim
from tests.support.cloud import Cloud
from tests.support.project import Outcome, Project
from tests.support.smc_calls import Smc
from tests.support.trap import Moment, Trap

Command = Literal["up", "destroy"]

NOTHING = "nothing begins so"

REFRESH = ("refresh", "--yes", "--clear-pending-creates")
AFTER_KILL = (("cancel", "--yes"), REFRESH)
"""What docs/troubleshooting.md says to do after a killed command, before it is run again."""


@dataclass(frozen=True, slots=True)
class Point:
    """A crash: the victim dies when a call of a command is carried out and not answered yet."""

    command: Command
    victim: Victim
    moment: Moment

    def __str__(self) -> str:
        return f"{self.command} {self.victim} {self.moment}"


@dataclass(slots=True)
class Verdict:
    """What came of a life with crashes.

    Attributes:
        points: the crashes.
        killed: how many of them had a victim.
        lost: what an uninterrupted run has, and this one has not.
        doubled: what this one has more than an uninterrupted one after `up`.
        leftovers: what it has more after `destroy`.
        foreign: things of others that are not as they were.
        troubles: commands that did not do what they should.
    """

    points: list[Point]
    killed: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def violations(self) -> list[str]:
        """Everything that is wrong, in words."""
        named = {
            "lost": self.lost,
            "doubled": self.doubled,
            "left over": self.leftovers,
            "foreign, changed": self.foreign,
            "trouble": self.troubles,
        }
        return [f"{name}: {each}" for name, found in named.items() for each in found]


@dataclass(frozen=True, slots=True)
class Saved:
    """A moment to start from: the world, and a copy of Pulumi's state."""

    world: Snapshot
    state: Path


@dataclass(frozen=True, slots=True)
class Reference:
    """An uninterrupted life.

    Attributes:
        moments: the calls of each command, in their order, with whether the provider ran.
        up: what there is after `up`.
        destroyed: what there is after `destroy`.
        finished: where a `destroy` begins.
    """

    moments: dict[Command, dict[Moment, bool]]
    up: Census
    destroyed: Census
    finished: Saved


class Sweep:
    """Crashes of one stack on one emulated cloud.

    Args:
        folder: an empty one.
        cloud: a world whose time stands still.
    """

    def __init__(self, folder: Path, cloud: Cloud) -> None:
        self._folder = folder
        self._world = cloud.world
        plant_foreign_objects(Smc(cloud))
        self.project = Project(folder, cloud)
        self.project.settings |= {"servers": SERVERS, "polling": POLLING}
        self._trap = Trap(cloud.world, SECONDS_A_CALL)
        cloud.server.gateway.ledger = self._trap
        self._output = folder / "output"
        self._state = self.project.stack.home / "state"
        before = rows_of(cloud.world)
        self._start = self._save("start")
        self.reference = self._uninterrupted()
        after = rows_of(cloud.world)
        self._foreign = {key: row for key, row in before.items() if after.get(key) == row}

    def crash(self, *points: Point) -> Verdict:
        """A life with these crashes, one after the other, before its `up` and `destroy` succeed."""
        verdict = Verdict(list(points))
        in_up = [point for point in points if point.command == "up"]
        self._begin(self._start if in_up else self.reference.finished)
        for point in in_up:
            self._kill(point, verdict)
        if in_up:
            self._bring_up(verdict)
        for point in points:
            if point.command == "destroy":
                self._kill(point, verdict)
        self._destroy(verdict)
        return verdict

    def crash_and_return(self, destroy: Point) -> Verdict:
        """A life in which `destroy` crashes and the servers are wanted after all: refresh, `up`.

        What was destroyed already is migrated again, as after a whole `destroy`: there may be fewer
        jobs than in an uninterrupted life, and more images.
        """
        verdict = Verdict([destroy])
        self._begin(self.reference.finished)
        self._kill(destroy, verdict)
        if destroy.victim is not Victim.CLI:
            self._expect(self.project.pulumi(*REFRESH), verdict)
        self._bring_up(verdict, fewer="smc_replication_job ", more="ecs_image ")
        self._destroy(verdict, more="ecs_image ")
        return verdict

    def _uninterrupted(self) -> Reference:
        up_moments = self._watched("up")
        up = take_census(self._world)
        finished = self._save("finished")
        destroy_moments = self._watched("destroy")
        return Reference(
            {"up": up_moments, "destroy": destroy_moments}, up, take_census(self._world), finished
        )

    def _watched(self, command: Command) -> dict[Moment, bool]:
        """Run a command to its end; every call it makes, and whether the provider runs then."""
        moments: dict[Moment, bool] = {}
        with self._running(command) as (process, processes):

            def note(moment: Moment) -> None:
                runs = any(moments.values()) or processes.find_provider() is not None
                moments[moment] = runs

            self._trap.watch(note)
            assert process.wait(LONGEST_SECONDS) == 0, self._output.read_text()
        return moments

    def _kill(self, point: Point, verdict: Verdict) -> None:
        """Run a command and kill the victim; after a kill of the CLI, mend what it left."""
        struck: list[bool] = []
        striking = threading.Lock()
        with self._running(point.command) as (process, processes):

            def strike() -> None:
                with striking:
                    struck.append(processes.strike(point.victim))

            self._trap.set(point.moment, strike)
            process.wait(LONGEST_SECONDS)
        with striking:
            # The process is dead a moment before the emulator's thread, which killed it, says so.
            verdict.killed += any(struck)
        if not processes.end_what_is_left():
            verdict.troubles.append("the provider went on without its engine")
        if any(struck) and point.victim is Victim.CLI:
            for command in AFTER_KILL:
                self._expect(self.project.pulumi(*command), verdict)

    @contextmanager
    def _running(self, command: Command) -> Iterator[tuple["subprocess.Popen[str]", Processes]]:
        with self._output.open("w") as output:
            process = self.project.process(command, "--yes", "--skip-preview", output=output)
            try:
                yield process, Processes(process)
            finally:
                self._trap.watch(lambda _: None)
                process.kill()
                process.wait()

    def _bring_up(self, verdict: Verdict, fewer: str = NOTHING, more: str = NOTHING) -> None:
        self._expect(self.project.up(), verdict)
        census = take_census(self._world)
        verdict.lost += _but(fewer, self.reference.up - census)
        verdict.doubled += _but(more, census - self.reference.up)
        self._expect(self.project.preview("--expect-no-changes"), verdict)

    def _destroy(self, verdict: Verdict, more: str = NOTHING) -> None:
        self._expect(self.project.destroy(), verdict)
        census = take_census(self._world)
        verdict.lost += (self.reference.destroyed - census).elements()
        verdict.leftovers += _but(more, census - self.reference.destroyed)
        verdict.troubles += [f"in the state: {each['urn']}" for each in self.project.state()]
        rows = rows_of(self._world)
        verdict.foreign += [
            " ".join(key) for key, row in self._foreign.items() if rows.get(key) != row
        ]

    def _expect(self, outcome: Outcome, verdict: Verdict) -> None:
        if outcome.code:
            verdict.troubles.append(outcome.text)

    def _save(self, name: str) -> Saved:
        copy = self._folder / f"state-{name}"
        shutil.copytree(self._state, copy)
        return Saved(take_snapshot(self._world), copy)

    def _begin(self, saved: Saved) -> None:
        restore_snapshot(self._world, saved.world)
        shutil.rmtree(self._state)
        shutil.copytree(saved.state, self._state)


def _but(beginning: str, census: Census) -> list[str]:
    return [line for line in census.elements() if not line.startswith(beginning)]
