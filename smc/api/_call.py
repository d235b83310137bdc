"""One SDK call: retried where that is safe, its exceptions turned into `ApiError`."""

import re
from collections.abc import Callable
from typing import Any

from Tea.exceptions import TeaException

from smc.clients import Clients
from smc.errors import ApiError
from smc.retry import with_retries

_STATUS_AND_REQUEST = re.compile(r"^code: \d+, (?P<text>.*?)(?: request id: \S+)?$", re.DOTALL)


def call(
    clients: Clients, action: str, method: Callable[[Any], Any], request: Any, *, retry: bool = True
) -> Any:
    """Call an SDK method and return the body of its response.

    Args:
        clients: whose clock times the retries.
        action: service and action for messages, such as `smc:CreateReplicationJob`.
        method: the bound method of the SDK's client.
        request: its request model.
        retry: False for an action that must not be repeated blindly.

    Raises:
        ApiError: the service refused, or did not answer in time.
    """

    def once() -> Any:
        clients.before_call()
        clients.check_credentials()
        try:
            response = method(request)
        except TeaException as error:
            raise _api_error(action, error) from error
        clients.note_service_time(response.headers.get("date"))
        return response.body

    return with_retries(once, clients.clock) if retry else once()


def _api_error(action: str, error: TeaException) -> ApiError:
    status = getattr(error, "statusCode", None) or getattr(error, "status_code", None) or 0
    code = error.code if isinstance(error.code, str) else ""
    text = str(error.message or error)
    match = _STATUS_AND_REQUEST.match(text)
    data = error.data if isinstance(error.data, dict) else {}
    request_id = getattr(error, "request_id", None) or data.get("RequestId") or ""
    if not status:
        # Without an HTTP status there was no answer; the code, if any, is the transport's own.
        return ApiError(action, "", text)
    return ApiError(action, code, match["text"] if match else text, int(status), str(request_id))
