"""Parameters held against the API's metadata, and converted to their types.

Names that an action does not have are ignored, as Alibaba Cloud's gateway does: every client sends
some, such as RegionId. What depends on more than one parameter, or on the world, is checked by the
actions themselves. A fact of the metadata is a dict; `tools/metadata/facts.py` tells its keys.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from emulator.service import ApiError

BOOLEANS = {"true": True, "false": False}

Fact = Mapping[str, Any]


@cache
def metadata(service: str) -> dict[str, Any]:
    """Facts about every action of a service, from its metadata.json."""
    source = files("emulator") / service / "metadata.json"
    loaded: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return loaded


def validate(service: str, action: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of an action converted to their types.

    Raises:
        ApiError: the code that the API documents for the parameter, else the gateway's own:
            `Missing<Name>` or `InvalidParameter.<Name>`.
    """
    return _members("", given, metadata(service).get(action, {}).get("parameters", {}))


def _members(top: str, given: Mapping[str, Any], facts: Mapping[str, Fact]) -> dict[str, Any]:
    """The known members of an object. `top` is the parameter that it belongs to, if any."""
    for name, fact in facts.items():
        if fact.get("required") and given.get(name) in (None, "", []):
            code, status = fact.get("codes", {}).get("missing", (f"Missing{top or name}", 400))
            raise ApiError(code, f"{name} is mandatory for this action.", status)
    return {
        name: _value(top or name, given[name], fact)
        for name, fact in facts.items()
        if name in given and not _is_blank(given[name], fact)
    }


def _is_blank(value: Any, fact: Fact) -> bool:
    """Whether a client sent an empty value for "not given"; only free text can be empty."""
    if value != "":
        return False
    return fact["type"] != "string" or ("enum" in fact and "" not in fact["enum"])


def _value(name: str, value: Any, fact: Fact) -> Any:
    return _KINDS[fact["type"]](name, value, fact)


def _list(name: str, value: Any, fact: Fact) -> list[Any]:
    items: list[Any] = _json(name, value, fact, list)
    if not fact.get("minItems", 0) <= len(items) <= fact.get("maxItems", len(items)):
        raise _refusal("items", name, fact)
    return [_value(name, item, fact["items"]) for item in items]


def _object(name: str, value: Any, fact: Fact) -> dict[str, Any]:
    members: dict[str, Any] = _json(name, value, fact, dict)
    if "properties" not in fact:
        return members
    return _members(name, members, fact["properties"])


def _json(name: str, value: Any, fact: Fact, wanted: type) -> Any:
    """A value that came as repeated parameters, or as JSON in one parameter."""
    if isinstance(value, str):
        try:
            # Unlike json, orjson refuses what cannot be written again: halves of surrogate pairs.
            value = orjson.loads(value)
        except ValueError:
            raise _refusal("invalid", name, fact) from None
    if not isinstance(value, wanted):
        raise _refusal("invalid", name, fact)
    return value


def _boolean(name: str, value: Any, fact: Fact) -> bool:
    converted = BOOLEANS.get(_scalar(name, value, fact).lower())
    if converted is None:
        raise _refusal("invalid", name, fact)
    return converted


def _integer(name: str, value: Any, fact: Fact) -> int:
    return int(_number(name, value, fact, int))


def _float(name: str, value: Any, fact: Fact) -> float:
    return _number(name, value, fact, float)


def _number(name: str, value: Any, fact: Fact, convert: Callable[[str], float]) -> float:
    try:
        number = convert(_scalar(name, value, fact))
    except ValueError:
        raise _refusal("invalid", name, fact) from None
    in_range = fact.get("minimum", number) <= number <= fact.get("maximum", number)
    if not in_range or ("enum" in fact and number not in fact["enum"]):
        raise _refusal("invalid", name, fact)
    return number


def _text(name: str, value: Any, fact: Fact) -> str:
    text = _scalar(name, value, fact)
    if "enum" in fact:
        return _one_of(name, text, fact)
    if not text:
        return text
    if not fact.get("minLength", 0) <= len(text) <= fact.get("maxLength", len(text)):
        raise _refusal("length", name, fact)
    if "pattern" in fact and not re.fullmatch(fact["pattern"], text):
        raise _refusal("pattern", name, fact)
    return text


def _one_of(name: str, text: str, fact: Fact) -> str:
    values: list[str] = fact["enum"]
    if fact.get("ignoreCase"):
        text = {value.lower(): value for value in values}.get(text.lower(), text)
    if text not in values:
        raise _refusal("invalid", name, fact)
    return text


def _scalar(name: str, value: Any, fact: Fact) -> str:
    """The text of a plain value; JSON parameters have numbers and booleans of their own."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if not isinstance(value, str):
        raise _refusal("invalid", name, fact)
    return value


_KINDS: dict[str, Callable[[str, Any, Fact], Any]] = {
    "array": _list,
    "boolean": _boolean,
    "integer": _integer,
    "number": _float,
    "object": _object,
    "string": _text,
}

_PROBLEMS = {
    "invalid": "is not valid",
    "items": "has too many or too few items",
    "length": "is too long or too short",
    "pattern": "contains invalid characters",
}


def _refusal(kind: str, name: str, fact: Fact) -> ApiError:
    codes = fact.get("codes", {})
    usual = codes.get("invalid", (f"InvalidParameter.{name}", 400))
    code, status = codes.get(kind, usual)
    return ApiError(code, f"The specified parameter {name} {_PROBLEMS[kind]}.", status)
