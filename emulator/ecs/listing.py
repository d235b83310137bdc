"""Pages and filters, the same in every Describe action of ECS."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from emulator.service import ApiError, Call, Members

Row = TypeVar("Row")

SHORTEST_PAGE = 10


def page(
    call: Call, rows: Sequence[Row], largest: int, show: Callable[[Row], Any]
) -> tuple[list[Any], Members]:
    """The rows of the page asked for, shown, and the members that describe the page.

    With MaxResults or NextToken the page is found by token, else by number.
    """
    total = len(rows)
    if call.get("MaxResults") is not None or call.get("NextToken"):
        size = min(int(call.get("MaxResults", SHORTEST_PAGE)), largest)
        token = str(call.get("NextToken") or "0")
        start = int(token) if token.isdecimal() else 0
        following = "" if start + size >= total else str(start + size)
        described: Members = {"NextToken": following, "TotalCount": total, "MaxResults": size}
    else:
        size = min(int(call.get("PageSize", SHORTEST_PAGE)), largest)
        number = int(call.get("PageNumber", 1))
        start = (number - 1) * size
        described = {"PageNumber": number, "PageSize": size, "TotalCount": total, "NextToken": ""}
    return [show(item) for item in rows[start : start + size]], described


def json_ids(call: Call, name: str, most: int) -> set[str] | None:
    """The ids in a parameter that is a JSON list; None where it is left out."""
    given = call.get(name)
    if not given:
        return None
    try:
        ids = json.loads(given) if isinstance(given, str) else list(given)
    except ValueError:
        ids = None
    if not isinstance(ids, list) or len(ids) > most:
        raise ApiError(
            f"Invalid{name}.Malformed", f"The amount or format of {name} is not valid.", 400
        )
    return set(map(str, ids))


def has_tags(call: Call, tags: Mapping[str, str]) -> bool:
    """Whether the tags include those that the call asks for."""
    for wanted in call.get("Tag") or []:
        key = wanted.get("Key", "")
        if key not in tags or ("Value" in wanted and tags[key] != wanted["Value"]):
            return False
    return True


def tag_members(tags: Mapping[str, str]) -> Members:
    """Tags as ECS shows them."""
    return {"Tag": [{"TagKey": key, "TagValue": value} for key, value in tags.items()]}
