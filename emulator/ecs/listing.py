"""Pages, filters and dry runs, the same in every action of ECS."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from emulator.service import ApiError, Call, Members

Row = TypeVar("Row")

DEFAULT_PAGE = 10
MOST_IDS = 100


def page(
    call: Call,
    rows: Sequence[Row],
    largest: int,
    show: Callable[[Row], Any],
    *,
    default: int = DEFAULT_PAGE,
    largest_by_token: int | None = None,
    least_by_token: int = 1,
    by_token: bool = False,
) -> tuple[list[Any], Members]:
    """The rows of the page asked for, shown, and the members that describe the page.

    With MaxResults or NextToken the page is found by token, else by number. TotalCount counts the
    rows of all pages.

    Args:
        call: names the page.
        rows: of all pages.
        largest: rows of the longest page.
        show: a row as the API shows it.
        default: rows of a page that names no length.
        largest_by_token: of the longest page by token, where that is another.
        least_by_token: some actions document that a MaxResults below 10 counts as 10.
        by_token: the action knows no pages by number.

    Raises:
        ApiError: `InvalidParameter.NextToken`.
    """
    total = len(rows)
    if by_token or call.get("MaxResults") is not None or call.get("NextToken"):
        wanted = max(int(call.get("MaxResults", default)), least_by_token)
        size = min(wanted, largest_by_token or largest)
        token = str(call.get("NextToken") or "0")
        if not token.isdecimal() or int(token) > total:
            raise ApiError(
                "InvalidParameter.NextToken", "The specified parameter NextToken is not valid."
            )
        start = int(token)
        following = "" if start + size >= total else str(start + size)
        described: Members = {"NextToken": following, "TotalCount": total}
    else:
        size = min(int(call.get("PageSize", default)), largest)
        number = int(call.get("PageNumber", 1))
        start = (number - 1) * size
        described = {"PageNumber": number, "PageSize": size, "TotalCount": total, "NextToken": ""}
    return [show(item) for item in rows[start : start + size]], described


def json_ids(call: Call, name: str, refusal: ApiError | None = None) -> set[str] | None:
    """The ids in a parameter that is a JSON list of up to 100; None where it is left out.

    Raises:
        ApiError: `refusal`, or `Invalid<name>.Malformed` where the action documents no code.
    """
    given = call.get(name)
    if not given:
        return None
    try:
        ids = json.loads(given) if isinstance(given, str) else list(given)
    except (ValueError, RecursionError):
        ids = None
    if not isinstance(ids, list) or len(ids) > MOST_IDS:
        raise refusal or ApiError(
            f"Invalid{name}.Malformed", f"The amount or format of {name} is not valid.", 403
        )
    return set(map(str, ids))


def refuse_dry_run(call: Call) -> None:
    """End a call that only wanted to be checked; called when every check is passed.

    Raises:
        ApiError: `DryRunOperation`, which is what a dry run answers when all is well.
    """
    if call.get("DryRun"):
        raise ApiError(
            "DryRunOperation", "Request validation has been passed with DryRun flag set."
        )


def is_given(wanted: Any, value: Any) -> bool:
    """Whether `value` is the one a filter wants; a filter that is left out wants any."""
    return wanted in {None, ""} or wanted == value


def name_matches(pattern: str | None, name: str) -> bool:
    """Whether a name fits a filter, in which `*` stands for any text."""
    return not pattern or fnmatchcase(name, pattern.replace("[", "[[]").replace("?", "[?]"))


def created_within(call: Call) -> Callable[[datetime], bool]:
    """The filters CreationStartTime and CreationEndTime, to the minute.

    Raises:
        ApiError: `InvalidFilterKey.NotFound`, `InvalidFilterValue`.
    """
    earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    for wanted in call.get("Filter") or []:
        key, value = wanted.get("Key", ""), str(wanted.get("Value", ""))
        if key not in {"CreationStartTime", "CreationEndTime"}:
            raise ApiError("InvalidFilterKey.NotFound", "The filter key is not found.", 404)
        try:
            moment = datetime.strptime(value, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
        except ValueError:
            raise ApiError("InvalidFilterValue", "The filter value is not valid.", 404) from None
        if key == "CreationStartTime":
            earliest = moment
        else:
            latest = moment
    return lambda created: earliest <= created.replace(second=0, microsecond=0) <= latest


def given_tags(call: Call, name: str = "Tag") -> dict[str, str | None]:
    """Tags of a call: key -> value, None where only the key is given; old clients send `key`."""
    return {
        str(tag.get("Key", tag.get("key", ""))): tag.get("Value", tag.get("value"))
        for tag in call.get(name) or []
    }


def has_tags(call: Call, tags: Mapping[str, str]) -> bool:
    """Whether the tags include those that the call asks for."""
    return all(
        key in tags and value in {None, tags[key]} for key, value in given_tags(call).items()
    )


def tag_members(tags: Mapping[str, str]) -> Members:
    """Tags as ECS shows them."""
    return {"Tag": [{"TagKey": key, "TagValue": value} for key, value in tags.items()]}
