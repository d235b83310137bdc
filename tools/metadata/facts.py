"""The facts of a service's actions, from three sources that complete each other.

The published API metadata comes first, for it is Alibaba Cloud's own; the SDKs' models add the
actions and parameters that are newer; documented.yaml adds what only prose says. A fact is a dict:
`type`, `required`, `minimum`, `maximum`, `minLength`, `maxLength`, `pattern`, `enum`, `ignoreCase`,
`maxItems`, `items`, `properties`, and `codes`, where the API documents others than its usual ones.
"""

from typing import Any

from tools.metadata import error_codes, sdk_models

Facts = dict[str, Any]

LIMITS = ("minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength")
OF_THE_PROTOCOL = frozenset(
    {"OwnerAccount", "OwnerId", "ResourceOwnerAccount", "ResourceOwnerId", "SecurityToken"}
)
"""Parameters that every action lists and none describes."""


def service_facts(service: str, published: Facts, documented: dict[str, Facts]) -> Facts:
    """Action -> its parameters and error codes, for all published and all documented actions."""
    newer = set(sdk_models.actions(service)) if service == "smc" else set()
    facts = {}
    for action in sorted({*published["apis"], *documented, *newer}):
        known = published["apis"].get(action, {"parameters": []})
        parameters = _merge(
            _from_models(sdk_models.request_schema(service, action)),
            _from_metadata(known["parameters"]),
        )
        for path, limits in (documented.get(action) or {}).items():
            _put(parameters, path.split("."), limits)
        errors = {
            error["errorCode"]: int(status)
            for status, errors in (known.get("errorCodes") or {}).items()
            for error in errors
        }
        for name, fact in parameters.items():
            error_codes.name(service, name, fact, errors)
        facts[action] = {"errors": errors, "parameters": parameters}
    return facts


def _from_models(schema: Facts) -> Facts:
    """Facts from a model: its prose stays behind."""
    return {
        name: _without_prose(fact)
        for name, fact in schema["properties"].items()
        if name not in OF_THE_PROTOCOL
    }


def _without_prose(fact: Facts) -> Facts:
    kept = {key: value for key, value in fact.items() if key in {"type", "required"}}
    if "items" in fact:
        kept["items"] = _without_prose(fact["items"])
    if "properties" in fact:
        kept["properties"] = {n: _without_prose(f) for n, f in fact["properties"].items()}
    return kept


def _from_metadata(parameters: list[Facts]) -> Facts:
    """Facts from the published list; `SystemDisk.Size` and `Filter.1.Key` become nested."""
    facts: Facts = {}
    for parameter in parameters:
        fact = _published(parameter["schema"])
        if parameter["name"] not in OF_THE_PROTOCOL:
            _put(facts, parameter["name"].split("."), fact)
    return facts


def _published(schema: Facts) -> Facts:
    kept: Facts = {"type": schema.get("type", "string")}
    if schema.get("required") is True or schema.get("docRequired"):
        kept["required"] = True
    if schema.get("enum"):
        kept["enum"] = schema["enum"]
    if "items" in schema:
        kept["items"] = _published(schema["items"])
    if "properties" in schema:
        kept["properties"] = {n: _published(s) for n, s in schema["properties"].items()}
    return kept | {limit: int(schema[limit]) for limit in LIMITS if limit in schema}


def _put(facts: Facts, path: list[str], fact: Facts) -> None:
    """Lay a fact at a path of names; a number in the path is an item of a list."""
    name, *rest = path
    here = facts.setdefault(name, {})
    if not rest:
        facts[name] = _merge(here, {k: v for k, v in fact.items() if k not in {"says", "source"}})
    elif rest[0].isdecimal() or here.get("type") == "array":
        here["type"] = "array"
        items = here.setdefault("items", {"type": "object"})
        inner = rest[1:] if rest[0].isdecimal() else rest
        if inner:
            _put(items.setdefault("properties", {}), inner, fact)
        else:
            here["items"] = _merge(items, fact)
    else:
        here.setdefault("type", "object")
        _put(here.setdefault("properties", {}), rest, fact)


def _merge(older: Facts, newer: Facts) -> Facts:
    """Both, the newer one's values where they differ."""
    merged = dict(older)
    for key, value in newer.items():
        known = merged.get(key)
        both = isinstance(known, dict) and isinstance(value, dict)
        merged[key] = _merge(known, value) if both else value  # type: ignore[arg-type]
    if merged.get("type") not in {"array", "object"}:
        merged = {k: v for k, v in merged.items() if k not in {"items", "properties"}}
    return merged
