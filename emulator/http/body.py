"""The body of a request, of a bounded size."""

from starlette.types import Receive

MIB = 1024 * 1024


class RequestTooLargeError(Exception):
    """The body is larger than it may be."""


async def body_of(receive: Receive, most_mib: int = 1) -> bytes:
    """The whole body, or what had come of it when the client left.

    Raises:
        RequestTooLargeError: it has more than `most_mib` MiB.
    """
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most_mib * MIB:
            raise RequestTooLargeError(f"At most {most_mib} MiB.")
    return body
