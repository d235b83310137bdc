"""Calls that do not wait for each other: for a thousand servers that would take minutes."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

AT_A_TIME = 8
"""What SMC allows in a second is not documented; what it throttles is tried again."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(call: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What a call returns for each item, in their order.

    Raises:
        Exception: the first that a call raised, once those that had begun have ended; the others
            are not made.
    """
    listed = list(items)
    if len(listed) < 2:
        return [call(item) for item in listed]
    with ThreadPoolExecutor(AT_A_TIME, "side-by-side") as workers:
        return list(workers.map(call, listed))
