"""Answers held against the response models of the official SDKs."""

from collections.abc import Iterator
from typing import Any

from tools.metadata.sdk_models import Schema

_TYPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
}


def problems(schema: Schema, value: Any, path: str = "") -> Iterator[str]:
    """What in an answer is not documented, or not of the documented type."""
    kind = schema["type"]
    if kind == "object":
        if not isinstance(value, dict):
            yield f"{path} is {type(value).__name__}, documented as an object"
        elif "properties" in schema:
            for name, inner in value.items():
                known = schema["properties"].get(name)
                if known is None:
                    yield f"{path}.{name} is not a documented member"
                else:
                    yield from problems(known, inner, f"{path}.{name}")
    elif kind == "array":
        if not isinstance(value, list):
            yield f"{path} is {type(value).__name__}, documented as a list"
        else:
            for item in value:
                yield from problems(schema["items"], item, f"{path}[]")
    elif not isinstance(value, _TYPES[kind]) or (kind != "boolean" and isinstance(value, bool)):
        yield f"{path} is {type(value).__name__}, documented as {kind}"


def members(value: Any, path: str = "") -> set[str]:
    """The paths of all members of an answer; those of a list's items are one."""
    if isinstance(value, dict):
        inner = {
            member
            for name, below in value.items()
            for member in members(below, f"{path}.{name}" if path else name)
        }
        return inner or {path}
    if isinstance(value, list):
        inner = {member for item in value for member in members(item, f"{path}[]")}
        return inner or {f"{path}[]"}
    return {path}


def documented_members(schema: Schema, path: str = "") -> set[str]:
    """The paths of all members that an answer can have, as `members` names them."""
    if schema["type"] == "array":
        return documented_members(schema["items"], f"{path}[]")
    inner = {
        member
        for name, below in schema.get("properties", {}).items()
        for member in documented_members(below, f"{path}.{name}" if path else name)
    }
    return inner or ({path} if path else set())
