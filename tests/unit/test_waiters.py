from collections.abc import Sequence

import pytest

from smc.states import JobStatus
from smc.waiters import JOB_FINISHED, JOB_NOT_RUNNING, Pace, Verdict, wait_for


class FakeTime:
    """A clock that only a sleep moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (JobStatus.FINISHED, Verdict.SUCCESS),
        (JobStatus.WAITING, Verdict.SUCCESS),
        (JobStatus.IN_ERROR, Verdict.FAILURE),
        (JobStatus.STOPPED, Verdict.FAILURE),
        (JobStatus.EXPIRED, Verdict.FAILURE),
        (JobStatus.GONE, Verdict.FAILURE),
        (JobStatus.READY, Verdict.PENDING),
        (JobStatus.RUNNING, Verdict.PENDING),
        ("SomethingNew", Verdict.PENDING),
    ],
)
def test_finished_is_judged_by_the_table(status: str, verdict: Verdict) -> None:
    assert JOB_FINISHED.judge(status) is verdict


def test_a_job_that_cannot_run_any_more_counts_as_stopped() -> None:
    assert JOB_NOT_RUNNING.judge(JobStatus.GONE) is Verdict.SUCCESS
    assert JOB_NOT_RUNNING.judge(JobStatus.RUNNING) is Verdict.PENDING


def test_only_pending_subjects_are_observed_again() -> None:
    asked: list[list[str]] = []
    answers = iter([{"a": "Running", "b": "Finished"}, {"a": "Running"}, {"a": "InError"}])

    def observe(pending: Sequence[str]) -> dict[str, str]:
        asked.append(list(pending))
        return next(answers)

    clock = FakeTime()
    verdicts = wait_for(["a", "b"], JOB_FINISHED, observe, Pace(1, 10, 100), clock)
    assert asked == [["a", "b"], ["a"], ["a"]]
    assert verdicts == {"a": Verdict.FAILURE, "b": Verdict.SUCCESS}
    assert len(clock.sleeps) == 2


def test_the_deadline_ends_the_wait_and_leaves_the_rest_pending() -> None:
    clock = FakeTime()
    verdicts = wait_for(["a"], JOB_FINISHED, lambda _: {"a": "Running"}, Pace(1, 8, 60), clock)
    assert verdicts == {"a": Verdict.PENDING}
    assert clock.now == pytest.approx(60)
    # Every look but the last is followed by a longer sleep, up to the longest.
    assert max(clock.sleeps) <= 8 * 1.2
    assert clock.sleeps[0] < clock.sleeps[3]


def test_no_subjects_need_no_look() -> None:
    def observe(_: Sequence[str]) -> dict[str, str]:
        raise AssertionError("observed nothing")

    assert wait_for([], JOB_FINISHED, observe, Pace(), FakeTime()) == {}
