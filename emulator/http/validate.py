"""Parameters held against the API's metadata, and converted to their types.

Names that an action does not have are ignored, as Alibaba Cloud's gateway does. What the metadata
tells only in prose is checked by the actions themselves.
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from emulator.service import ApiError

TRUE = {"true": True, "false": False}


@cache
def metadata(service: str) -> dict[str, Any]:
    """Facts about every action of a service, from its metadata.json."""
    source = files("emulator") / service / "metadata.json"
    loaded: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return loaded


def validate(service: str, action: str, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters converted to their types.

    Raises:
        ApiError: one is missing, of the wrong type, or out of range.
    """
    facts = metadata(service).get(action, {}).get("parameters", {})
    for name, fact in facts.items():
        if fact.get("required") and given.get(name) in (None, "", []):
            raise ApiError(
                f"Missing{name}",
                f'The input parameter "{name}" that is mandatory for processing this request is'
                " not supplied.",
            )
    return {name: _convert(name, value, facts.get(name, {})) for name, value in given.items()}


def _convert(name: str, value: Any, fact: dict[str, Any]) -> Any:
    match fact.get("type"):
        case "integer" | "number":
            return _number(name, value, fact)
        case "boolean":
            if str(value).lower() not in TRUE:
                raise _invalid(name)
            return TRUE[str(value).lower()]
        case "array":
            return _list(name, value, fact)
        case "object" if isinstance(value, str):
            return _json(name, value)
        case _:
            if "enum" in fact and value not in fact["enum"]:
                raise _invalid(name)
            return value


def _number(name: str, value: Any, fact: dict[str, Any]) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise _invalid(name) from None
    if number < fact.get("minimum", number) or number > fact.get("maximum", number):
        raise _invalid(name)
    return number


def _list(name: str, value: Any, fact: dict[str, Any]) -> list[Any]:
    items = _json(name, value) if isinstance(value, str) else value
    if not isinstance(items, list) or len(items) > fact.get("maxItems", len(items)):
        raise _invalid(name)
    return items


def _json(name: str, value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise _invalid(name) from None


def _invalid(name: str) -> ApiError:
    return ApiError(f"InvalidParameter.{name}", f"The specified parameter {name} is not valid.")
