"""Which code the API documents for a parameter that is missing or wrong.

Without a documented one, the gateway's own holds: `Missing<Name>`, `InvalidParameter.<Name>`.
"""

from typing import Any

Facts = dict[str, Any]

MISSING = (
    "MissingParameter.{0}",
    "MissingParameter.{0}s",
    "MissingParam.{0}",
    "MissingParameter",
)
INVALID = (
    "InvalidParameter.{0}",
    "InvalidParam.{0}",
    "Invalid{0}.ValueNotSupported",
    "Invalid{0}.Malformed",
    "Invalid{0}",
)
UNKNOWN_VALUE = (*INVALID[:3], "Invalid{0}.NotFound", *INVALID[3:])
TOO_MANY = ("NumberExceed.{0}s", "{0}s.ExceedLimit", "Invalid{0}Count")


def name(service: str, parameter: str, fact: Facts, errors: dict[str, int]) -> None:
    """Put the documented codes of a parameter into its facts, as `[code, HTTP status]`."""
    codes: dict[str, list[str | int]] = {}

    def documented(kind: str, forms: tuple[str, ...]) -> None:
        for form in forms:
            code = form.format(parameter)
            if code in errors:
                codes[kind] = [code, errors[code]]
                return

    if fact.get("required"):
        documented("missing", MISSING)
    documented("invalid", UNKNOWN_VALUE if "enum" in fact else INVALID)
    if fact["type"] == "array":
        documented("items", TOO_MANY)
    if service == "ram" and fact["type"] == "string":
        # Source: RAM, "Error messages".
        for kind, ending in (("length", "Length"), ("pattern", "InvalidChars")):
            codes[kind] = [f"InvalidParameter.{parameter}.{ending}", 400]
    codes |= fact.get("codes", {})
    used = {
        "missing": bool(fact.get("required")),
        "invalid": True,
        "items": "maxItems" in fact,
        "length": "minLength" in fact or "maxLength" in fact,
        "pattern": "pattern" in fact,
    }
    if kept := {kind: code for kind, code in codes.items() if used[kind]}:
        fact["codes"] = kept
    for inner, inner_fact in fact.get("items", fact).get("properties", {}).items():
        # The codes of `Tag.1.Key` speak of a TagKey.
        name("", f"{parameter}{inner}", inner_fact, errors)
