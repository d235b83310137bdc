"""Policy documents: their grammar, and what they say about an action on a resource.

Source: RAM documentation, "Policy structure and syntax" and "Policy evaluation process".
"""

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from emulator.service import ApiError

Statement = Mapping[str, Any]


class Decision:
    """Outcomes of an evaluation, strongest first: an explicit Deny wins, nothing means no."""

    DENY = "Deny"
    ALLOW = "Allow"
    NONE = "None"


@lru_cache(maxsize=1024)
def statements(document: str) -> tuple[Statement, ...]:
    """The statements of a document.

    Raises:
        ApiError: `InvalidParameter.PolicyDocument` when it is not one.
    """
    try:
        parsed = json.loads(document)
        listed = parsed["Statement"]
        valid = parsed["Version"] == "1" and all(s["Effect"] in {"Allow", "Deny"} for s in listed)
    except (ValueError, TypeError, KeyError):
        valid = False
        listed = ()
    if not valid:
        raise ApiError(
            "InvalidParameter.PolicyDocument", "The policy document has not passed grammar check."
        )
    return tuple(listed)


def evaluate(documents: Iterable[str], action: str, resource: str) -> str:
    """The decision of identity policies about an action on a resource."""
    decision = Decision.NONE
    for document in documents:
        for statement in statements(document):
            if not _applies(statement, action, resource):
                continue
            if statement["Effect"] == Decision.DENY:
                return Decision.DENY
            decision = Decision.ALLOW
    return decision


def trusts(document: str, arns: Iterable[str], context: Mapping[str, str]) -> bool:
    """Whether a trust document lets one of the principals assume the role."""
    allowed = False
    names = set(arns)
    for statement in statements(document):
        trusted = {arn.lower() for arn in _as_list(statement.get("Principal", {}).get("RAM", []))}
        if not trusted & {n.lower() for n in names} or not _conditions_hold(statement, context):
            continue
        if not any(fnmatchcase("sts:assumerole", a.lower()) for a in _as_list(statement["Action"])):
            continue
        if statement["Effect"] == Decision.DENY:
            return False
        allowed = True
    return allowed


def _applies(statement: Statement, action: str, resource: str) -> bool:
    if "NotAction" in statement:
        about = not _matches(action.lower(), statement["NotAction"], str.lower)
    else:
        about = _matches(action.lower(), statement.get("Action", []), str.lower)
    # A condition whose keys a request does not have cannot hold.
    holds = statement["Effect"] == Decision.DENY or not statement.get("Condition")
    return about and holds and _matches(resource, statement.get("Resource", "*"), str)


def _matches(value: str, patterns: Any, fold: Any) -> bool:
    return any(fnmatchcase(value, fold(pattern)) for pattern in _as_list(patterns))


def _conditions_hold(statement: Statement, context: Mapping[str, str]) -> bool:
    for operator, wanted in statement.get("Condition", {}).items():
        if operator != "StringEquals":
            return False
        for key, values in wanted.items():
            if context.get(key) not in _as_list(values):
                return False
    return True


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
