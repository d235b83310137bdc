"""Pages and filters, the same in both Describe actions of SMC: pages of at most 50."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from emulator.service import ApiError, Call, Members

Row = TypeVar("Row")

LARGEST_PAGE = 50
DEFAULT_PAGE = 10


def page(call: Call, rows: Sequence[Row], show: Callable[[Row], Any]) -> tuple[list[Any], Members]:
    """The rows of the page asked for, shown, and the members that describe the page."""
    number, size = int(call.get("PageNumber", 1)), int(call.get("PageSize", DEFAULT_PAGE))
    if number < 1 or not 1 <= size <= LARGEST_PAGE:
        raise ApiError("InvalidParameter.PageSize", "The specified PageSize is not valid.")
    start = (number - 1) * size
    described = {"PageNumber": number, "PageSize": size, "TotalCount": len(rows)}
    return [show(item) for item in rows[start : start + size]], described


def ids_of(call: Call, name: str) -> list[str]:
    """The ids of a repeat list, at most 50."""
    ids = list(call.get(name) or [])
    if len(ids) > LARGEST_PAGE:
        raise ApiError(f"InvalidParameter.{name}", f"At most 50 values of {name} are allowed.")
    return ids


def has_tags(call: Call, tags: Mapping[str, str]) -> bool:
    """Whether the tags include those that the call asks for."""
    return all(
        wanted.get("Key") in tags and wanted.get("Value") in {None, "", tags[wanted["Key"]]}
        for wanted in call.get("Tag") or []
    )
