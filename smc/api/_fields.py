"""Fields of SMC that hold JSON text."""

import json
from typing import Any


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
