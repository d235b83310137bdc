"""Waiting as data: which statuses end a wait well, which end it badly, and one loop for all.

A status that no rule names keeps the wait going: unknown is neither success nor failure. The loop
observes all subjects together, so a thousand servers cost as many calls as their batches.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TypeVar

from smc.clock import Clock
from smc.states import JobStatus, SourceState

Observation = TypeVar("Observation")


class Verdict(Enum):
    """What a status means to a wait."""

    SUCCESS = auto()
    FAILURE = auto()
    PENDING = auto()


@dataclass(frozen=True, slots=True)
class Waiter:
    """The rules of one wait. `goal` completes the sentence "waiting for …"."""

    goal: str
    success: frozenset[str]
    failure: frozenset[str] = frozenset()

    def judge(self, status: str) -> Verdict:
        """What this status means."""
        if status in self.success:
            return Verdict.SUCCESS
        if status in self.failure:
            return Verdict.FAILURE
        return Verdict.PENDING


JOB_FINISHED = Waiter(
    "the migration to finish",
    success=frozenset({JobStatus.FINISHED, JobStatus.WAITING}),
    failure=frozenset(
        {
            JobStatus.IN_ERROR,
            JobStatus.STOPPED,
            JobStatus.EXPIRED,
            JobStatus.DELETING,
            JobStatus.GONE,
            JobStatus.NOT_CREATED,
        }
    ),
)

JOB_NOT_RUNNING = Waiter(
    "the job to stop",
    success=frozenset(set(JobStatus) - {JobStatus.RUNNING, JobStatus.DELETING}),
)

JOB_GONE = Waiter("the job to be gone", success=frozenset({JobStatus.GONE}))

SOURCE_AVAILABLE = Waiter(
    "the source server to be online",
    success=frozenset({SourceState.AVAILABLE, SourceState.IN_USE}),
    failure=frozenset({SourceState.DELETING}),
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look and how long at most, in seconds.

    The interval grows from `first_seconds` to `longest_seconds`, with jitter, and falls back to the
    first whenever something changed.
    """

    first_seconds: float = 2.0
    longest_seconds: float = 15.0
    deadline_seconds: float = 24 * 3600.0


def rounds(pace: Pace, clock: Clock) -> Iterator[Callable[[], None]]:
    """Yield once a look until the deadline passes; call the value yielded when something changed.

    Sleeps between two yields. Ends without an error: the caller knows what is still pending.
    """
    end = clock.monotonic() + pace.deadline_seconds
    interval = pace.first_seconds

    def changed() -> None:
        nonlocal interval
        interval = pace.first_seconds

    while True:
        yield changed
        left = end - clock.monotonic()
        if left <= 0:
            return
        clock.sleep(min(left, interval * random.uniform(0.8, 1.2)))  # noqa: S311 - jitter
        interval = min(pace.longest_seconds, interval * 1.5)


def wait_for(
    subjects: Sequence[str],
    waiter: Waiter,
    observe: Callable[[Sequence[str]], Mapping[str, str]],
    pace: Pace,
    clock: Clock,
) -> dict[str, Verdict]:
    """Wait until every subject succeeded or failed, or the deadline passed.

    Args:
        subjects: ids to wait for.
        waiter: the rules.
        observe: gives the status of each of the ids still pending.
        pace: how often and how long.
        clock: the time.

    Returns:
        The verdict of each subject; PENDING for those that the deadline caught.
    """
    verdicts = dict.fromkeys(subjects, Verdict.PENDING)
    for changed in rounds(pace, clock):
        pending = [s for s, verdict in verdicts.items() if verdict is Verdict.PENDING]
        if not pending:
            break
        for subject, status in observe(pending).items():
            verdicts[subject] = waiter.judge(status)
            if verdicts[subject] is not Verdict.PENDING:
                changed()
        if Verdict.PENDING not in verdicts.values():
            break
    return verdicts
