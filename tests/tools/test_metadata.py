"""The documented limits stand in the words of the official SDKs."""

from typing import Any

import pytest

from tools.metadata.__main__ import documented
from tools.metadata.sdk_models import PACKAGES, request_schema


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
