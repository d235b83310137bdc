"""One SDK call: retried where it may pass, its answer read, its exceptions made `ApiError`s."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from Tea.exceptions import TeaException, UnretryableException

from smc.catalogue import UNREADABLE
from smc.clients import Clients
from smc.errors import ApiError, MigrationError, TransientApiError
from smc.retry import is_transient, with_retries
from smc.transport import without_parameters

Result = TypeVar("Result")

SESSION_ENDED = "InvalidSecurityToken"
"""Begins the codes of a refusal because temporary credentials are not valid any more."""

_STATUS_AND_REQUEST = re.compile(r"^code: \d+, (?P<text>.*?)(?: request id: \S+)?$", re.DOTALL)
_ABSENT = "None"
"""What the SDKs make of a member that an error's answer does not have."""
_REQUEST_ID = re.compile(r'"RequestId":\s*"(?P<id>[0-9A-Za-z-]+)"')


def call(
    clients: Clients,
    action: str,
    method: Callable[[Any], Any],
    request: Any,
    read: Callable[[Any], Result],
    *,
    retry: bool = True,
) -> Result:
    """Call an SDK method and return what `read` makes of the body of its response.

    When the session of an assumed role has ended, a new one is asked for, once.

    Args:
        clients: whose clock and budget bound the retries.
        action: service and action for messages, such as `smc:CreateReplicationJob`.
        method: the bound method of the SDK's client.
        request: its request model.
        read: makes the result, and raises ValueError if a member that it needs is missing: half an
            answer must not be taken for an empty one.
        retry: False for an action that must not be repeated as it is.

    Raises:
        TransientApiError: the service was in trouble, or did not answer, until time was up.
        ApiError: the service refused.
    """
    used = ""

    def once() -> Result:
        nonlocal used
        clients.before_call()
        used = clients.check_credentials()
        try:
            response = method(request)
        except TeaException as error:
            raise _failure(action, error) from None
        except (AttributeError, TypeError, ValueError) as error:
            raise _unreadable(action, error) from None
        clients.note_service_time(response.headers.get("date"))
        try:
            return read(response.body)
        except (AttributeError, TypeError, ValueError) as error:
            request_id = getattr(response.body, "request_id", None)
            raise _unreadable(action, error, request_id) from error

    def attempt() -> Result:
        return with_retries(once, clients.clock, clients.budget) if retry else once()

    try:
        return attempt()
    except ApiError as error:
        if not (error.code.startswith(SESSION_ENDED) and clients.renew_session(used)):
            raise
    return attempt()


def nothing(_: Any) -> None:
    """Read nothing of an answer."""


def _failure(action: str, error: TeaException) -> MigrationError:
    """The failure that an exception of the SDK stands for.

    Its own text is not passed on where it repeats the request or the answer: both can hold secrets.
    """
    inner = error.inner_exception if isinstance(error, UnretryableException) else None
    if isinstance(inner, MigrationError):
        # The credentials could not be renewed.
        return inner
    status = int(getattr(error, "statusCode", None) or getattr(error, "status_code", None) or 0)
    if not status and inner is not None and not _is_of_the_network(inner):
        return _unreadable(action, inner)
    text = str(getattr(inner, "message", None) or error.message or error)
    if not status:
        # Without an HTTP status there was no answer; the code, if any, is the transport's own.
        return TransientApiError(action, "", without_parameters(text))
    match = _STATUS_AND_REQUEST.match(text)
    code, message = str(error.code), match["text"] if match else text
    if code == _ABSENT:
        code, message = UNREADABLE, f"HTTP status {status} without a code"
    request_id = str(getattr(error, "request_id", "")).removeprefix(_ABSENT)
    if not is_transient(code, status):
        return ApiError(action, code, message, status, request_id)
    milliseconds = getattr(error, "retry_after", None) or 0
    return TransientApiError(
        action, code, message, status, request_id, retry_after_seconds=milliseconds / 1000
    )


def _is_of_the_network(error: Exception) -> bool:
    """Whether the SDK says that the request or its answer did not come through."""
    return getattr(error, "name", "") == "RetryError"


def _unreadable(action: str, error: Exception, request_id: str | None = None) -> TransientApiError:
    found = _REQUEST_ID.search(str(error))
    said = str(error) if str(error).endswith("is missing") else "the answer cannot be read"
    return TransientApiError(
        action, UNREADABLE, said, request_id=request_id or (found["id"] if found else "")
    )
