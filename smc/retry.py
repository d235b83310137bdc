"""Which failures of a call are worth another try, and how long to wait before it.

The official SDKs retry nothing by default (measured), so this is the only retry there is.
"""

from collections.abc import Callable
from typing import TypeVar

import tenacity

from smc.clock import Clock
from smc.errors import ApiError

Result = TypeVar("Result")

RETRYABLE_CODES = frozenset(
    {
        "InternalError",
        "LastTokenProcessing",
        "OperationConflict",
        "ServiceUnavailable",
        "SystemBusy",
        "Rejected.Throttling",
    }
)
"""Codes that Alibaba Cloud documents as passing; every `Throttling*` code counts too."""

MAXIMUM_SECONDS = 120.0
LONGEST_DELAY_SECONDS = 20.0


def is_retryable(error: BaseException) -> bool:
    """Whether the same call may succeed a little later."""
    if not isinstance(error, ApiError):
        return False
    return bool(
        error.status == 0
        or error.status >= 500
        or error.code in RETRYABLE_CODES
        or error.code.startswith("Throttling")
    )


def with_retries(
    call: Callable[[], Result],
    clock: Clock,
    retryable: Callable[[BaseException], bool] = is_retryable,
    maximum_seconds: float = MAXIMUM_SECONDS,
) -> Result:
    """Call until it succeeds, fails for good, or `maximum_seconds` have passed.

    Delays are full jitter: random between 0 and an exponentially growing bound.

    Raises:
        ApiError: the last failure.
    """
    started = clock.monotonic()

    def out_of_time(_: tenacity.RetryCallState) -> bool:
        return clock.monotonic() - started >= maximum_seconds

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(retryable),
        wait=tenacity.wait_random_exponential(multiplier=0.5, max=LONGEST_DELAY_SECONDS),
        stop=out_of_time,
        sleep=clock.sleep,
        reraise=True,
    )
    return retrying(call)
