"""Calls that must be refused, made from the metadata: one for each fact of each parameter."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A good call with one thing wrong, and the code and HTTP status with which it is refused."""

    what: str
    parameters: dict[str, Any]
    code: str
    status: int


def refused_calls(facts: Facts, good: dict[str, Any]) -> Iterator[Case]:
    """Every way in which a good call can break the facts of its action's parameters."""
    for name, fact in facts.items():
        if fact.get("required"):
            code, status = fact.get("codes", {}).get("missing", (f"Missing{name}", 400))
            without = {key: value for key, value in good.items() if key != name}
            yield Case(f"{name} is missing", without, code, status)
            yield Case(f"{name} is empty", good | {name: ""}, code, status)
        for what, value, kind, broken in wrong_values(name, fact):
            codes = broken.get("codes", {})
            usual = codes.get("invalid", (f"InvalidParameter.{name}", 400))
            code, status = codes.get(kind, usual)
            yield Case(what, good | {name: value}, code, status)


def wrong_values(path: str, fact: Facts) -> Iterator[tuple[str, Any, str, Facts]]:
    """What is wrong, the value, the kind of its code, and the fact that it breaks."""
    kind = fact["type"]
    if kind == "array":
        yield from _wrong_lists(path, fact)
    elif kind == "object":
        yield f"{path} is no object", "[]", "invalid", fact
        for name, inner in fact.get("properties", {}).items():
            for what, value, code, broken in wrong_values(f"{path}.{name}", inner):
                yield what, _with_required(fact, name, value), code, broken
    elif kind == "boolean":
        yield f"{path} is neither true nor false", "maybe", "invalid", fact
    elif kind in {"integer", "number"}:
        yield from _wrong_numbers(path, fact)
    else:
        yield from _wrong_texts(path, fact)


def _wrong_lists(path: str, fact: Facts) -> Iterator[tuple[str, Any, str, Facts]]:
    yield f"{path} is no list", "{}", "invalid", fact
    if "maxItems" in fact:
        many = [right_value(fact["items"])] * (fact["maxItems"] + 1)
        yield f"{path} has more than {fact['maxItems']} items", many, "items", fact
    for what, value, code, broken in wrong_values(f"{path}.1", fact["items"]):
        yield what, [value], code, broken


def _wrong_numbers(path: str, fact: Facts) -> Iterator[tuple[str, Any, str, Facts]]:
    yield f"{path} is no number", "many", "invalid", fact
    if fact["type"] == "integer":
        yield f"{path} is not whole", "1.5", "invalid", fact
    if "minimum" in fact:
        yield f"{path} is below {fact['minimum']}", fact["minimum"] - 1, "invalid", fact
    if "maximum" in fact:
        yield f"{path} is above {fact['maximum']}", fact["maximum"] + 1, "invalid", fact
    if "enum" in fact:
        yield f"{path} is an unknown value", max(fact["enum"]) + 1000, "invalid", fact


def _wrong_texts(path: str, fact: Facts) -> Iterator[tuple[str, Any, str, Facts]]:
    if "enum" in fact:
        yield f"{path} is an unknown value", "NoSuchValue", "invalid", fact
        if not fact.get("ignoreCase"):
            other_case = max(fact["enum"], key=len).swapcase()
            yield f"{path} is in another case", other_case, "invalid", fact
    if fact.get("minLength", 0) > 1:
        yield f"{path} is too short", "a" * (fact["minLength"] - 1), "length", fact
    if "maxLength" in fact:
        yield f"{path} is too long", "a" * (fact["maxLength"] + 1), "length", fact
    if "pattern" in fact:
        yield (
            f"{path} has other characters",
            "!" * max(2, fact.get("minLength", 0)),
            "pattern",
            fact,
        )


def right_value(fact: Facts) -> Any:
    """A value that breaks no fact."""
    if fact["type"] == "object":
        return _with_required(fact)
    if fact["type"] == "array":
        return [right_value(fact["items"])]
    if "enum" in fact:
        return fact["enum"][0]
    if fact["type"] in {"integer", "number"}:
        return fact.get("minimum", 1)
    return "true" if fact["type"] == "boolean" else "a" * max(2, fact.get("minLength", 0))


def _with_required(fact: Facts, name: str = "", value: Any = None) -> dict[str, Any]:
    """An object with what it must have, at least one member, and the one named here."""
    members = fact.get("properties") or {"Any": {"type": "string"}}
    needed = [n for n, inner in members.items() if inner.get("required")]
    first = needed or list(members)[:1]
    return {n: right_value(members[n]) for n in first} | ({name: value} if name else {})
