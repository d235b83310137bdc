"""Parameters held against the API's metadata, and converted to their types.

Names that an action does not have are ignored, as Alibaba Cloud's gateway does: every client sends
some, such as RegionId. What depends on more than one parameter, or on the world, is checked by the
actions themselves.
"""

import json
import re
from functools import cache
from importlib.resources import files
from typing import Any

from emulator.service import ApiError

BOOLEANS = {"true": True, "false": False}


@cache
def metadata(service: str) -> dict[str, Any]:
    """Facts about every action of a service, from its metadata.json."""
    source = files("emulator") / service / "metadata.json"
    loaded: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return loaded


def validate(service: str, action: str, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters of an action converted to their types.

    Raises:
        ApiError: `Missing<Name>`, or `InvalidParameter.<Name>` for a wrong type or a value out of
            range.
    """
    facts = metadata(service).get(action, {}).get("parameters", {})
    for name, fact in facts.items():
        if fact.get("required") and given.get(name) in (None, "", []):
            raise ApiError(f"Missing{name}", f"{name} is mandatory for this action.")
    return {
        name: _convert(name, given[name], fact) for name, fact in facts.items() if name in given
    }


def _convert(name: str, value: Any, fact: dict[str, Any]) -> Any:
    kind = fact["type"]
    if kind == "array":
        return _list(name, value, fact)
    if kind == "object":
        return _json(name, value, dict)
    if not isinstance(value, str):
        raise _invalid(name)
    if kind == "boolean":
        if value.lower() not in BOOLEANS:
            raise _invalid(name)
        return BOOLEANS[value.lower()]
    return _number(name, value, fact) if kind in {"integer", "number"} else _text(name, value, fact)


def _text(name: str, value: str, fact: dict[str, Any]) -> str:
    if "enum" in fact and value not in fact["enum"]:
        raise _invalid(name)
    if len(value) > fact.get("maxLength", len(value)):
        raise _invalid(name, ".Length", "is too long")
    if "pattern" in fact and not re.fullmatch(fact["pattern"], value):
        raise _invalid(name, ".InvalidChars", "contains invalid characters")
    return value


def _number(name: str, value: str, fact: dict[str, Any]) -> int | float:
    try:
        number = int(value) if fact["type"] == "integer" else float(value)
    except ValueError:
        raise _invalid(name) from None
    in_range = fact.get("minimum", number) <= number <= fact.get("maximum", number)
    if not in_range or ("enum" in fact and number not in fact["enum"]):
        raise _invalid(name)
    return number


def _list(name: str, value: Any, fact: dict[str, Any]) -> list[Any]:
    items: list[Any] = _json(name, value, list)
    wanted = dict if fact.get("items") == "object" else str
    if len(items) > fact.get("maxItems", len(items)) or any(
        not isinstance(item, wanted) for item in items
    ):
        raise _invalid(name)
    return items


def _json(name: str, value: Any, wanted: type) -> Any:
    """A value that came as repeated parameters, or as JSON in one parameter."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise _invalid(name) from None
    if not isinstance(value, wanted):
        raise _invalid(name)
    return value


def _invalid(name: str, detail: str = "", problem: str = "is not valid") -> ApiError:
    return ApiError(
        f"InvalidParameter.{name}{detail}", f"The specified parameter {name} {problem}."
    )
