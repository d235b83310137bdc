"""Policy documents: what they say about an action on a resource, and about who takes a role.

Their grammar is `emulator.identity.grammar`.
Source: RAM documentation, "Policy structure and syntax" and "Policy evaluation process".
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from emulator.identity.conditions import NO_CONTEXT, Context, conditions_hold
from emulator.identity.grammar import Statement, permission_statements, trust_statements


class Decision:
    """Outcomes of an evaluation, strongest first: an explicit Deny wins, nothing means no."""

    DENY = "Deny"
    ALLOW = "Allow"
    NONE = "None"


def evaluate(documents: Iterable[str], action: str, resource: str) -> str:
    """The decision of identity policies about an action on a resource."""
    decision = Decision.NONE
    for document in documents:
        for statement in permission_statements(document):
            if not _applies(statement, action, resource):
                continue
            if statement.effect == Decision.DENY:
                return Decision.DENY
            decision = Decision.ALLOW
    return decision


def trusts(document: str, arns: Iterable[str], context: Mapping[str, str | None]) -> bool:
    """Whether a trust document lets one of the principals assume the role."""
    allowed = False
    names = {arn.lower() for arn in arns}
    for statement in trust_statements(document):
        trusted = {arn.lower() for arn in statement.principals("RAM")}
        if not trusted & names or not _names_action(statement, "sts:AssumeRole"):
            continue
        if not _holds(statement, context):
            continue
        if statement.effect == Decision.DENY:
            return False
        allowed = True
    return allowed


def _applies(statement: Statement, action: str, resource: str) -> bool:
    about = any(_pattern(pattern).fullmatch(resource) for pattern in statement.resources)
    return about and _names_action(statement, action) and _holds(statement, NO_CONTEXT)


def _names_action(statement: Statement, action: str) -> bool:
    """Names of actions do not differ by case alone."""
    patterns = statement.not_actions if statement.not_actions is not None else statement.actions
    named = any(_pattern(pattern.lower()).fullmatch(action.lower()) for pattern in patterns)
    return named != (statement.not_actions is not None)


def _holds(statement: Statement, context: Context) -> bool:
    # What cannot be judged here must never widen what somebody may do.
    return conditions_hold(
        statement.conditions, context, where_unknown=statement.effect == Decision.DENY
    )


@lru_cache(maxsize=4096)
def _pattern(wildcards: str) -> re.Pattern[str]:
    """`*` is any text, `?` any one character; nothing else is special."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(c) or re.escape(c) for c in wildcards), re.DOTALL)
