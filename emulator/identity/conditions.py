"""Conditions of policy statements.

The emulator knows the values of few condition keys. A condition on another key, or with an operator
other than those on text, cannot be judged here; the caller says what that shall mean.
Source: RAM documentation, "Conditional operators".
"""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase

Context = Mapping[str, str | None]
"""Condition keys with their values in this request; None: known, but the request has none."""

Conditions = Mapping[str, Mapping[str, Sequence[str]]]
"""Operator -> condition key -> values, one of which must match."""

NO_CONTEXT: Context = {}

_MATCHES: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda given, wanted: given == wanted,
    "StringEqualsIgnoreCase": lambda given, wanted: given.lower() == wanted.lower(),
    "StringLike": lambda given, wanted: fnmatchcase(given, wanted.replace("[", "[[]")),
}
_OPPOSITES = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
}


def conditions_hold(conditions: Conditions, context: Context, *, where_unknown: bool) -> bool:
    """Whether all conditions hold.

    Args:
        conditions: of one statement.
        context: what is known of the request.
        where_unknown: what a condition counts as that cannot be judged.
    """
    return all(
        _holds(operator, context[key], values)
        if key in context and operator in _MATCHES.keys() | _OPPOSITES.keys()
        else where_unknown
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _holds(operator: str, given: str | None, wanted: Sequence[str]) -> bool:
    if operator in _OPPOSITES:
        return not _holds(_OPPOSITES[operator], given, wanted)
    return given is not None and any(_MATCHES[operator](given, value) for value in wanted)
