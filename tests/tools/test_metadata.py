"""The documented limits stand in the words of the official SDKs."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.metadata.__main__ import documented
from tools.metadata.sdk_models import PACKAGES, request_schema

ROOT = Path(__file__).parents[2]


def words(service: str, action: str, path: str) -> str:
    """What the SDK says of a parameter, and of what is in it."""
    fact: Any = request_schema(service, action)
    said = ""
    for name in path.split("."):
        fact = fact.get("items", fact).get("properties", {}).get(name, {})
        said = fact.get("says", "")
    inner = fact.get("items", {}).get("properties", {}).values()
    return " ".join([said, *(member.get("says", "") for member in inner)])


@pytest.mark.parametrize("service", PACKAGES)
def test_quotes_and_values_are_the_sdks(service: str) -> None:
    checked = 0
    for action, parameters in documented(service).items():
        for path, fact in parameters.items():
            said = words(service, action, path)
            quotes = fact.get("says", "").split("; ")
            values = [str(value) for value in fact.get("enum", [])]
            missing = [text for text in quotes + values if text not in said]
            assert not missing, f"{service} {action} {path}: {missing} not in {said!r}"
            checked += 1
    assert checked


@pytest.mark.parametrize("service", PACKAGES)
def test_every_limit_has_a_quote(service: str) -> None:
    limits = {"minimum", "maximum", "minLength", "maxLength", "maxItems", "pattern"}
    for action, parameters in documented(service).items():
        for path, fact in parameters.items():
            if "source" in fact:
                continue
            assert not fact.keys() & limits or fact.get("says"), f"{service} {action} {path}"
            numbers = {str(v) for k, v in fact.items() if k in limits - {"pattern"}}
            quoted = fact.get("says", "").replace(",", "")
            assert all(number in quoted for number in numbers), f"{service} {action} {path}"


@pytest.mark.parametrize("service", PACKAGES)
def test_the_emulators_metadata_has_every_documented_fact(service: str) -> None:
    made = json.loads((ROOT / "emulator" / service / "metadata.json").read_text(encoding="utf-8"))
    for action, parameters in documented(service).items():
        for path, fact in parameters.items():
            held: Any = {"properties": made[action]["parameters"]}
            for name in path.split("."):
                held = held.get("items", held)["properties"][name]
            wanted = {k: v for k, v in fact.items() if k not in {"says", "source", "codes"}}
            stale = {k: v for k, v in wanted.items() if held.get(k) != v}
            assert not stale, f"{service} {action} {path}: run `python -m tools.metadata`"
            codes = fact.get("codes", {})
            assert codes.items() <= held.get("codes", {}).items(), f"{service} {action} {path}"


@pytest.mark.parametrize("service", PACKAGES)
def test_codes_of_parameters_are_documented_ones(service: str) -> None:
    """Where an action lists its errors, its parameters are refused with those, or as usual."""
    made = json.loads((ROOT / "emulator" / service / "metadata.json").read_text(encoding="utf-8"))
    for action, facts in made.items():
        if not facts["errors"]:
            continue
        for name, fact in facts["parameters"].items():
            for kind, (code, status) in fact.get("codes", {}).items():
                assert facts["errors"].get(code) == status, f"{service} {action} {name} {kind}"
