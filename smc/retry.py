"""Which failures of a call are worth another try, how long to wait before it, and when to give up.

The official SDKs retry nothing by default (measured), so this is the only retry there is. Failures
are of two classes: `TransientApiError` is tried again, any other `ApiError` is final.

Bounds: a call is given up after two minutes, and retries of all calls of an account share a budget,
so that a service in trouble is not kept there by those who wait for it. The figures are those of
botocore's standard mode; there is no published recommendation of Alibaba Cloud's own.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

import tenacity

from smc.clock import Clock
from smc.errors import ApiError, TransientApiError

Result = TypeVar("Result")

TRANSIENT_CODES = frozenset(
    {
        "InternalError",
        "LastTokenProcessing",
        "OperationConflict",
        "Rejected.Throttling",
        "ServiceUnavailable",
        "SystemBusy",
    }
)
"""Codes that Alibaba Cloud documents as passing; every `Throttling*` code counts too."""

TRANSIENT_STATUSES = frozenset({429, 500, 502, 503, 504})
"""HTTP statuses that pass, whatever the code."""

LONGEST_SECONDS = 120.0
"""How long a call is tried, waits between two tries included."""

LONGEST_DELAY_SECONDS = 20.0
FIRST_DELAY_SECONDS = 0.05
FIRST_DELAY_WHEN_THROTTLED_SECONDS = 1.0

BUDGET = 500.0
RETRY_COST = 14.0
THROTTLED_RETRY_COST = 5.0
REFILL_PER_SUCCESS = 1.0
REFILL_PER_SECOND = 1.0
"""A migration takes hours: what one bad minute used up must be there again in the next."""


def is_throttling(code: str) -> bool:
    """Whether a code says that the account calls too often."""
    return code.startswith("Throttling") or code == "Rejected.Throttling"


def is_transient(code: str, status: int) -> bool:
    """Whether the same call may succeed a little later."""
    return status in TRANSIENT_STATUSES or code in TRANSIENT_CODES or is_throttling(code)


class RetryBudget:
    """Retries that the calls of one account may still make, shared by all threads.

    A retry takes tokens. They come back with its success, with every call that succeeds at once,
    and with time.

    Args:
        clock: of the refill.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = BUDGET
        self._refilled_at = clock.monotonic()

    def take(self, tokens: float) -> bool:
        """Take tokens for a retry; False, and none are taken, if there are not as many left."""
        with self._lock:
            now = self._clock.monotonic()
            self._add(max(0.0, now - self._refilled_at) * REFILL_PER_SECOND)
            self._refilled_at = now
            if tokens > self._tokens:
                return False
            self._tokens -= tokens
            return True

    def give_back(self, tokens: float) -> None:
        """A call succeeded: what its last retry took, or `REFILL_PER_SUCCESS` without a retry."""
        with self._lock:
            self._add(tokens)

    def _add(self, tokens: float) -> None:
        self._tokens = min(BUDGET, self._tokens + tokens)


def with_retries(
    call: Callable[[], Result],
    clock: Clock,
    budget: RetryBudget,
    longest_seconds: float = LONGEST_SECONDS,
) -> Result:
    """Call until it succeeds, fails for good, or there is no time or budget left.

    Delays are full jitter: random between 0 and an exponentially growing bound, and never shorter
    than what the service asked for.

    Raises:
        TransientApiError: the last failure, with how often the call was tried.
        ApiError: a final failure.
    """
    started = clock.monotonic()
    earned = REFILL_PER_SUCCESS
    why: str

    def must_stop(state: tenacity.RetryCallState) -> bool:
        nonlocal earned, why
        ends = clock.monotonic() + state.upcoming_sleep
        if ends - started > longest_seconds:
            why = f"tried {_times(state)} in {clock.monotonic() - started:.0f} s"
            return True
        cost = THROTTLED_RETRY_COST if is_throttling(_failure(state).code) else RETRY_COST
        if not budget.take(cost):
            why = f"tried {_times(state)}, and too many calls of the account fail"
            return True
        earned = cost
        return False

    def give_up(state: tenacity.RetryCallState) -> Result:
        raise _failure(state).when_given_up(why)

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_worth_another_try),
        wait=_delay,
        stop=must_stop,
        sleep=clock.sleep,
        retry_error_callback=give_up,
    )
    result = retrying(call)
    budget.give_back(earned)
    return result


def until_effective(
    call: Callable[[], Result],
    clock: Clock,
    passing: Callable[[ApiError], bool],
    longest_seconds: float,
) -> Result:
    """Call until something that was begun or granted a moment ago has taken effect.

    Args:
        call: what is tried; it has retries of its own for what is transient.
        clock: time.
        passing: tells from a refusal whether it may end by itself.
        longest_seconds: how long the call is tried.

    Raises:
        ApiError: the last refusal, or one that does not end by itself.
    """

    def must_stop(state: tenacity.RetryCallState) -> bool:
        return clock.monotonic() + state.upcoming_sleep - started > longest_seconds

    started = clock.monotonic()
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda e: isinstance(e, ApiError) and passing(e)),
        wait=tenacity.wait_random_exponential(max=LONGEST_DELAY_SECONDS),
        stop=must_stop,
        sleep=clock.sleep,
        reraise=True,
    )
    return retrying(call)


_JITTER = tenacity.wait_random_exponential(FIRST_DELAY_SECONDS, LONGEST_DELAY_SECONDS)
_JITTER_WHEN_THROTTLED = tenacity.wait_random_exponential(
    FIRST_DELAY_WHEN_THROTTLED_SECONDS, LONGEST_DELAY_SECONDS
)


def _delay(state: tenacity.RetryCallState) -> float:
    failure = _failure(state)
    jitter = _JITTER_WHEN_THROTTLED if is_throttling(failure.code) else _JITTER
    # On top of what was asked for, or all that were refused together would come back together.
    return failure.retry_after_seconds + jitter(state)


def _times(state: tenacity.RetryCallState) -> str:
    return "once" if state.attempt_number == 1 else f"{state.attempt_number} times"


def _is_worth_another_try(error: BaseException) -> bool:
    # One that is given up comes from a call inside of this one, which had its time.
    return isinstance(error, TransientApiError) and not error.is_given_up


def _failure(state: tenacity.RetryCallState) -> TransientApiError:
    failure = state.outcome.exception() if state.outcome else None
    if not isinstance(failure, TransientApiError):
        raise TypeError(f"only a transient failure is tried again, not {failure!r}")
    return failure
