import pytest

from smc.errors import ApiError, MigrationError
from smc.retry import is_retryable, with_retries
from tests.unit.test_waiters import FakeTime


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ApiError("a", "Throttling", "", 400), True),
        (ApiError("a", "Throttling.User", "", 400), True),
        (ApiError("a", "ServiceUnavailable", "", 503), True),
        (ApiError("a", "InternalError", "", 500), True),
        (ApiError("a", "Whatever", "", 502), True),
        (ApiError("a", "", "connection reset", 0), True),
        (ApiError("a", "NoPermission", "", 403), False),
        (ApiError("a", "ReplicationJob.InvalidStatus", "", 400), False),
        (MigrationError("not of the API"), False),
    ],
)
def test_what_is_tried_again(error: Exception, expected: bool) -> None:
    assert is_retryable(error) is expected


def test_calls_until_it_works() -> None:
    failures = [ApiError("a", "Throttling", "", 400)] * 3

    def call() -> str:
        if failures:
            raise failures.pop()
        return "done"

    clock = FakeTime()
    assert with_retries(call, clock) == "done"
    assert len(clock.sleeps) == 3


def test_gives_up_in_bounded_time_with_the_last_error() -> None:
    def call() -> None:
        raise ApiError("smc:X", "Throttling", "slow down", 400)

    clock = FakeTime()
    with pytest.raises(ApiError, match="Throttling"):
        with_retries(call, clock, maximum_seconds=60)
    assert 60 < clock.now < 60 + 20


def test_a_refusal_is_not_repeated() -> None:
    calls = []

    def call() -> None:
        calls.append(1)
        raise ApiError("smc:X", "NoPermission", "no", 403)

    with pytest.raises(ApiError):
        with_retries(call, FakeTime())
    assert len(calls) == 1
