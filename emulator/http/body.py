"""The body of a request, of a bounded size."""

from starlette.requests import Request

MIB = 1024 * 1024


class RequestTooLargeError(Exception):
    """The body is larger than it may be."""


async def body_of(request: Request, most_mib: int = 1) -> bytes:
    """The whole body.

    Raises:
        RequestTooLargeError: it has more than `most_mib` MiB.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most_mib * MIB:
            raise RequestTooLargeError(f"At most {most_mib} MiB.")
    return bytes(body)
