import random
import threading

import pytest

from smc.errors import ApiError, TransientApiError
from smc.retry import (
    BUDGET,
    REFILL_PER_SUCCESS,
    RETRY_COST,
    THROTTLED_RETRY_COST,
    RetryBudget,
    is_throttling,
    is_transient,
    until_effective,
    with_retries,
)
from tests.unit.test_waiters import FakeTime

THROTTLED = TransientApiError("smc:X", "Throttling.User", "slow down", 400, "R-1")
IN_TROUBLE = TransientApiError("smc:X", "ServiceUnavailable", "no", 503, "R-1")


class Service:
    """Fails so many times, then answers."""

    def __init__(self, failure: Exception, times: int = 1_000_000) -> None:
        self.failure = failure
        self.left = times
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.left:
            self.left -= 1
            raise self.failure
        return "done"


@pytest.fixture
def longest_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the delays that a random one is chosen from, always the longest."""
    monkeypatch.setattr(random, "uniform", lambda _, high: high)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("Throttling", 400, True),
        ("Throttling.User", 400, True),
        ("Rejected.Throttling", 400, True),
        ("LastTokenProcessing", 400, True),
        ("OperationConflict", 400, True),
        ("SystemBusy", 400, True),
        ("ServiceUnavailable", 503, True),
        ("InternalError", 500, True),
        ("Whatever", 502, True),
        ("TooManyRequests", 429, True),
        ("NotImplemented", 501, False),
        ("NoPermission", 403, False),
        ("ReplicationJob.InvalidStatus", 400, False),
        ("InvalidSecurityToken.Expired", 400, False),
    ],
)
def test_what_is_tried_again(code: str, status: int, expected: bool) -> None:
    assert is_transient(code, status) is expected


@pytest.mark.parametrize(
    ("code", "throttling"),
    [
        ("Throttling", True),
        ("Throttling.User", True),
        ("Rejected.Throttling", True),
        ("rejected.throttling", False),
        ("User.Throttling", False),
        ("ServiceUnavailable", False),
    ],
)
def test_throttling_is_told_from_other_trouble(code: str, throttling: bool) -> None:
    assert is_throttling(code) is throttling


def test_calls_until_it_works() -> None:
    clock = FakeTime()
    service = Service(THROTTLED, times=3)
    assert with_retries(service, clock, RetryBudget(clock)) == "done"
    assert (service.calls, len(clock.sleeps)) == (4, 3)


def test_a_refusal_is_not_repeated() -> None:
    clock = FakeTime()
    service = Service(ApiError("smc:X", "NoPermission", "no", 403))
    with pytest.raises(ApiError, match=r"^smc:X failed. NoPermission: no\. "):
        with_retries(service, clock, RetryBudget(clock))
    assert service.calls == 1


def test_gives_up_before_the_deadline_and_says_so() -> None:
    clock = FakeTime()
    clock.now = started = 1_000.0
    with pytest.raises(TransientApiError) as raised:
        with_retries(Service(THROTTLED), clock, RetryBudget(clock), 60)
    seconds = clock.now - started
    assert 40 <= seconds <= 60
    tries = len(clock.sleeps) + 1
    assert raised.value.bare == (
        "smc:X failed. Throttling.User: slow down (request R-1); tried"
        f" {tries} times in {seconds:.0f} s."
    )


@pytest.mark.usefixtures("longest_delays")
@pytest.mark.parametrize(("longest_seconds", "tries"), [(14.9, 4), (15.0, 5)])
def test_a_delay_that_ends_at_the_deadline_is_in_time(longest_seconds: float, tries: int) -> None:
    clock, service = FakeTime(), Service(THROTTLED)
    with pytest.raises(TransientApiError, match=f"tried {tries} times in"):
        with_retries(service, clock, RetryBudget(clock), longest_seconds)
    assert service.calls == tries
    clock, service = FakeTime(), Service(THROTTLED)
    with pytest.raises(TransientApiError):
        until_effective(service, clock, lambda _: True, longest_seconds)
    assert service.calls == tries


def test_delays_are_random_from_nothing_to_a_bound_that_doubles() -> None:
    random.seed(7)
    seen: list[list[float]] = []
    for _ in range(300):
        clock = FakeTime()
        with_retries(Service(THROTTLED, times=6), clock, RetryBudget(clock), 10_000)
        seen.append(clock.sleeps)
    for number, bound in enumerate([1, 2, 4, 8, 16, 20]):
        delays = [sleeps[number] for sleeps in seen]
        assert max(delays) <= bound
        # Full jitter: they fill the whole range, so that clients do not come back together.
        assert min(delays) < bound * 0.05
        assert max(delays) > bound * 0.95
        assert sum(delays) / len(delays) == pytest.approx(bound / 2, rel=0.15)


def test_trouble_that_is_not_throttling_is_tried_again_sooner() -> None:
    random.seed(7)
    clock = FakeTime()
    with_retries(Service(IN_TROUBLE, times=3), clock, RetryBudget(clock))
    assert clock.now <= 0.05 + 0.1 + 0.2


def test_the_service_is_left_alone_for_as_long_as_it_asks() -> None:
    asked = TransientApiError("smc:X", "Throttling", "no", 400, retry_after_seconds=30)
    clock = FakeTime()
    with_retries(Service(asked, times=2), clock, RetryBudget(clock))
    assert all(seconds >= 30 for seconds in clock.sleeps)
    assert clock.sleeps[0] != clock.sleeps[1]
    asked.retry_after_seconds = 300
    with pytest.raises(TransientApiError, match="tried once in"):
        with_retries(Service(asked), clock, RetryBudget(clock))


def test_calls_of_an_account_share_a_budget() -> None:
    clock = FakeTime()
    budget = RetryBudget(clock)
    for _ in range(int(BUDGET // THROTTLED_RETRY_COST)):
        assert budget.take(THROTTLED_RETRY_COST)
    with pytest.raises(TransientApiError, match="too many calls of the account fail"):
        with_retries(Service(THROTTLED), clock, budget)
    assert clock.sleeps == []
    # Time brings it back, and so do calls that succeed.
    clock.now += RETRY_COST
    assert with_retries(Service(IN_TROUBLE, times=1), clock, budget) == "done"
    for _ in range(int(RETRY_COST)):
        with_retries(Service(IN_TROUBLE, times=0), FakeTime(), budget)
    assert budget.take(RETRY_COST)


@pytest.mark.parametrize(
    ("failure", "cost"), [(THROTTLED, THROTTLED_RETRY_COST), (IN_TROUBLE, RETRY_COST)]
)
def test_a_retry_costs_what_its_failure_says(failure: TransientApiError, cost: float) -> None:
    budget = RetryBudget(FakeTime())
    assert budget.take(BUDGET - cost)
    with pytest.raises(TransientApiError, match="tried 2 times, and too many calls"):
        with_retries(Service(failure), FakeTime(), budget)
    assert not budget.take(1)


@pytest.mark.parametrize(
    ("failure", "times", "left"),
    [
        (THROTTLED, 0, 100 + REFILL_PER_SUCCESS),
        (THROTTLED, 1, 100),
        (THROTTLED, 3, 100 - 2 * THROTTLED_RETRY_COST),
        (IN_TROUBLE, 1, 100),
        (IN_TROUBLE, 3, 100 - 2 * RETRY_COST),
    ],
)
def test_a_success_gives_back_what_its_last_retry_took(
    failure: TransientApiError, times: int, left: float
) -> None:
    budget = RetryBudget(FakeTime())
    assert budget.take(BUDGET - 100)
    with_retries(Service(failure, times), FakeTime(), budget)
    assert not budget.take(left + 0.5)
    assert budget.take(left)


def test_a_budget_is_never_more_than_full() -> None:
    clock = FakeTime()
    budget = RetryBudget(clock)
    clock.now += 10_000
    budget.give_back(RETRY_COST)
    assert budget.take(BUDGET)
    assert not budget.take(1)


def test_a_budget_is_not_overdrawn_by_threads() -> None:
    budget = RetryBudget(FakeTime())
    taken: list[bool] = []

    def work() -> None:
        taken.extend([budget.take(1) for _ in range(200)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == BUDGET


def test_what_was_begun_is_waited_for_and_nothing_else() -> None:
    def passes(error: ApiError) -> bool:
        return error.code == "IncorrectDiskStatus"

    clock = FakeTime()
    detaching = ApiError("ecs:DeleteDisk", "IncorrectDiskStatus", "no", 403)
    assert until_effective(Service(detaching, times=4), clock, passes, 300) == "done"
    with pytest.raises(ApiError, match="IncorrectDiskStatus"):
        until_effective(Service(detaching), clock, passes, 300)
    assert clock.now < 2 * 300
    refused = Service(ApiError("ecs:DeleteDisk", "Forbidden", "no", 403))
    with pytest.raises(ApiError, match="Forbidden"):
        until_effective(refused, clock, passes, 300)
    assert refused.calls == 1


@pytest.mark.usefixtures("longest_delays")
def test_what_was_begun_is_asked_for_ever_more_rarely() -> None:
    clock = FakeTime()
    detaching = Service(ApiError("ecs:DeleteDisk", "IncorrectDiskStatus", "no", 403), times=7)
    assert until_effective(detaching, clock, lambda _: True, 300) == "done"
    assert clock.sleeps == [1, 2, 4, 8, 16, 20, 20]
