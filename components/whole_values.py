"""Outputs with large values, combined without a look inside.

`pulumi.Output.all` takes every value apart, and makes an output of every part of it: some twenty
for what is known of one server, of a thousand servers twenty thousand. And whenever an output's
value is used, Pulumi searches in it for what is unknown. Here a value stays whole.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import pulumi

Value = TypeVar("Value")
Result = TypeVar("Result")


class Whole(Generic[Value]):
    """A value that Pulumi does not look into."""

    def __init__(self, value: Value) -> None:
        self.value = value


def combined(
    outputs: Sequence[pulumi.Output[Value]], combine: Callable[[list[Value]], Result]
) -> pulumi.Output[Result]:
    """What `combine` makes of the values of several outputs, once all of them are known."""
    wholes = pulumi.Output.all(*(output.apply(Whole) for output in outputs))
    return wholes.apply(lambda known: combine([whole.value for whole in known]))


def merged(outputs: Sequence[pulumi.Output[Any]]) -> pulumi.Output[dict[str, Any]]:
    """One mapping of several, none of which has a key of another; None counts as an empty one."""
    return combined(outputs, _merged)


def _merged(parts: Sequence[Mapping[str, Any] | None]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in (part or {}).items()}
