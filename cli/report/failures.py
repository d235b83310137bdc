"""What is told of a failure: what happened, the likely cause, the fix, each by itself."""

import re
from collections.abc import Iterator

from cli.report.model import ServerReport

_PARTS = re.compile(r"\s*(Likely cause|Fix): ")


def told(server: ServerReport) -> list[tuple[str, str]]:
    """Pairs of a title and a text; none if nothing failed.

    The words of `pulumi up` say it all. What SMC says now is added where that is something else.
    """
    return list(_told(server))


def _told(server: ServerReport) -> Iterator[tuple[str, str]]:
    if server.failure:
        first, *rest = _PARTS.split(server.failure)
        yield "What happened", first
        yield from zip(rest[::2], rest[1::2], strict=True)
    trouble = server.trouble
    if trouble is None:
        return
    said = ": ".join(part for part in (trouble.code, trouble.says) if part)
    if said.rstrip(".") in server.failure:
        return
    yield "SMC says now", said
    if trouble.cause:
        yield "Likely cause", trouble.cause
    if trouble.fix:
        yield "Fix", trouble.fix
    if trouble.more:
        yield "More", trouble.more
