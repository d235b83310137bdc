"""Fields of answers: those that must be there, JSON text, times."""

import json
from datetime import UTC, datetime
from typing import Any, TypeVar

Value = TypeVar("Value")


def needed(value: Value | None, name: str) -> Value:
    """A member of an answer that must be there.

    Raises:
        ValueError: it is missing.
    """
    if value is None or value == "":
        raise ValueError(f"{name} is missing")
    return value


def total_count(body: Any) -> int:
    """How many objects a listing has in all; every listing of the APIs says so.

    Raises:
        ValueError: it does not, or not in a number: the answer is none.
    """
    return int(needed(body.total_count, "TotalCount"))


def json_object(text: str | None) -> dict[str, Any]:
    """The object in a field; empty if there is none. SMC's sample response quotes it twice."""
    for candidate in (text or "", (text or "").replace('\\"', '"')):
        try:
            value = json.loads(candidate)
        except ValueError:
            continue
        if isinstance(value, dict):
            return value
    return {}


def utc_time(text: str | None) -> datetime | None:
    """A time as the services write it, to the minute or to the second."""
    for form in ("%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            return datetime.strptime(text or "", form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
