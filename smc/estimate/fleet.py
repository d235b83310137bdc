"""The estimate of all servers that are to be migrated: each one's, and the whole's."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from smc.estimate.cost import Cost, cost_of
from smc.estimate.duration import Speed, estimated_seconds
from smc.estimate.move import Move
from smc.estimate.schedule import Slot, Task, Turn, plan
from smc.settings.prices import Prices

HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A server that is to be migrated, as far as it matters to time and cost.

    Attributes:
        server: its name.
        wave: its wave.
        verdict: what is done with it first: `create`, `start`, `resume`, or `wait` for what runs.
        move: what is moved.
        speed: of the transfer, as it is expected or was measured.
        done_percent: progress of a job that has begun already.
        measured_seconds: what a rehearsal took; None without one.
        at: SMC starts it by itself so many seconds from now; None: its wave starts it.
        rehearsed: whether a rehearsal is still to come before it.
        migrated: whether it is migrated, and not only rehearsed.
    """

    server: str
    wave: str
    verdict: str
    move: Move
    speed: Speed
    done_percent: float = 0.0
    measured_seconds: float | None = None
    at: float | None = None
    rehearsed: bool = False
    migrated: bool = True

    @property
    def whole_seconds(self) -> float:
        """From start to end of one whole migration."""
        if self.measured_seconds is not None:
            return self.measured_seconds
        return estimated_seconds(self.move.volume_bytes, self.speed.mbit_per_second)

    @property
    def left_seconds(self) -> float:
        """What is still to come of its migration."""
        return self.whole_seconds * (1 - self.done_percent / 100)


UNKNOWN = "unknown"
"""Verdict on a server of which too little is known, as before access is granted."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A server that is not migrated now: what is done with it instead, and why.

    verdict: `create`, `adopt` or `replace` a job that then waits; `nothing`; or `unknown`.
    """

    verdict: str
    reason: str

    def __str__(self) -> str:
        if self.verdict == UNKNOWN:
            return f"not known: {self.reason}"
        first = "" if self.verdict == "nothing" else f"{self.verdict}, "
        return f"{first}nothing to move: {self.reason}"


@dataclass(frozen=True, slots=True)
class ServerEstimate:
    """One server's. cost is None without prices."""

    subject: Subject
    slot: Slot
    cost: Cost | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """All servers', and the whole.

    Attributes:
        servers: those that are migrated, in the order in which they begin.
        left_out: servers that are not migrated now.
        seconds: from now to the end of the last one.
        quota: how many run at a time at most.
        cost: of all; None without prices.
        currency: of all costs; empty without prices.
    """

    servers: Sequence[ServerEstimate] = ()
    left_out: Mapping[str, LeftOut] = field(default_factory=dict)
    seconds: float = 0.0
    quota: int
    cost: Cost | None = None
    currency: str = ""

    def members(self) -> dict[str, Any]:
        """As JSON. All of it is estimated."""
        return {
            "estimate": True,
            "servers": {each.subject.server: _members(each) for each in self.servers},
            "left_out": {server: asdict(each) for server, each in self.left_out.items()},
            "total": {
                "seconds": round(self.seconds),
                "running_quota": self.quota,
                "currency": self.currency or None,
                "cost": self.cost.members() if self.cost else None,
            },
        }


def estimate(
    subjects: Sequence[Subject],
    left_out: Mapping[str, LeftOut],
    turns: Mapping[str, Turn],
    quota: int,
    prices: Prices | None,
) -> Estimate:
    """The estimate of servers that are migrated in waves within a quota."""
    slots = plan(_tasks(subjects), _with_rehearsals(turns), quota)
    servers = [
        ServerEstimate(
            subject,
            slots.get(subject.server) or slots[_rehearsal(subject.server)],
            _cost(subject, prices) if prices else None,
        )
        for subject in subjects
    ]
    servers.sort(key=lambda each: each.slot.begins)
    costs = [each.cost for each in servers if each.cost]
    return Estimate(
        servers=servers,
        left_out=left_out,
        seconds=max((slot.ends for slot in slots.values()), default=0.0),
        quota=quota,
        cost=sum(costs, Cost()) if prices else None,
        currency=prices.currency if prices else "",
    )


def _rehearsal(name: str) -> str:
    return f"{name} (rehearsal)"


def _tasks(subjects: Sequence[Subject]) -> dict[str, Task]:
    tasks = {}
    for each in subjects:
        size = float(each.move.disks_gib)
        if each.rehearsed:
            tasks[_rehearsal(each.server)] = Task(
                wave=_rehearsal(each.wave), seconds=each.whole_seconds, size_gib=size
            )
        if each.migrated:
            tasks[each.server] = Task(
                wave=each.wave, seconds=each.left_seconds, size_gib=size, at=each.at
            )
    return tasks


def _with_rehearsals(turns: Mapping[str, Turn]) -> dict[str, Turn]:
    """All rehearsals of a wave come before its migrations, as if they were a wave of their own."""
    result = {}
    for wave, turn in turns.items():
        result[_rehearsal(wave)] = Turn(turn.after)
        result[wave] = Turn({*turn.after, _rehearsal(wave)}, turn.not_before, turn.waited)
    return result


def _cost(subject: Subject, prices: Prices) -> Cost:
    hours = subject.whole_seconds / HOUR_SECONDS
    times = subject.rehearsed + subject.migrated
    images = subject.move.images if subject.migrated else 0
    return cost_of(subject.move, hours, times, images, prices)


def _members(each: ServerEstimate) -> dict[str, Any]:
    subject = each.subject
    return {
        "wave": subject.wave,
        "verdict": subject.verdict,
        "target": subject.move.target,
        "volume_bytes": subject.move.volume_bytes,
        "volume_of": subject.move.volume_of,
        "mbit_per_second": subject.speed.mbit_per_second,
        "speed_from": subject.speed.basis,
        "seconds": round(subject.left_seconds if subject.migrated else subject.whole_seconds),
        "begins_after_seconds": round(each.slot.begins),
        "ends_after_seconds": round(each.slot.ends),
        "rehearsal": subject.rehearsed,
        "migration": subject.migrated,
        "cost": each.cost.members() if each.cost else None,
    }
