"""Pages and filters, the same in all Describe actions of SMC."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from emulator.service import Call, Members

Row = TypeVar("Row")

DEFAULT_PAGE = 10


def page(call: Call, rows: Sequence[Row], show: Callable[[Row], Any]) -> tuple[list[Any], Members]:
    """The rows of the page asked for, shown, and the members that describe the page."""
    number, size = int(call.get("PageNumber", 1)), int(call.get("PageSize", DEFAULT_PAGE))
    start = (number - 1) * size
    described = {"PageNumber": number, "PageSize": size, "TotalCount": len(rows)}
    return [show(item) for item in rows[start : start + size]], described


def has_tags(call: Call, tags: Mapping[str, str]) -> bool:
    """Whether the tags include those that the call asks for."""
    return all(
        wanted.get("Key") in tags and wanted.get("Value") in {None, "", tags[wanted["Key"]]}
        for wanted in call.get("Tag") or []
    )
