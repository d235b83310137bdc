"""Pages of RAM's listings: `MaxItems` from `Marker` on, and whether there are more.

Source: RAM 2015-05-01, ListUsers, ListRoles, ListPolicies.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import TypeVar

from emulator.service import ApiError, Call, Members

Item = TypeVar("Item")

DEFAULT_PAGE = 100


def page(
    call: Call, found: Sequence[Item], shown: Callable[[Item], Members]
) -> tuple[list[Members], Members]:
    """The members of one page, and what tells of the next one.

    Raises:
        ApiError: `InvalidParameter.Marker`, which is not documented.
    """
    items, following = cut(call.get("Marker"), call.get("MaxItems") or DEFAULT_PAGE, found)
    more = {"IsTruncated": True, "Marker": following} if following else {"IsTruncated": False}
    return [shown(item) for item in items], more


def cut(
    marker: str | None, size: int, found: Sequence[Item], *, parameter: str = "Marker"
) -> tuple[Sequence[Item], str]:
    """The items from a marker on, at most `size`, and the marker of the rest; empty: no rest."""
    start = _position(marker, parameter) if marker else 0
    end = start + size
    following = base64.b64encode(str(end).encode()).decode() if end < len(found) else ""
    return found[start:end], following


def _position(marker: str, parameter: str) -> int:
    try:
        return int(base64.b64decode(marker, validate=True).decode("ascii"))
    except (binascii.Error, ValueError):
        raise ApiError(
            f"InvalidParameter.{parameter}", f"The specified parameter {parameter} is not valid."
        ) from None
