"""Ids in batches and lists in pages, as large as the API takes them."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")

SMC_PAGE = 50
"""Largest page, and most ids in one call, of SMC's Describe actions."""

ECS_PAGE = 100
"""Largest page, and most ids in one call, of DescribeInstances and DescribeDisks."""


def batches(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    """The items in lists of at most `size`."""
    for start in range(0, len(items), size):
        yield list(items[start : start + size])


def all_pages(fetch: Callable[[int], tuple[list[Item], int]], size: int) -> list[Item]:
    """All items of a listing.

    Args:
        fetch: gives the items of a page (from 1) and the total count.
        size: items a page.
    """
    items: list[Item] = []
    page = 1
    while True:
        found, total = fetch(page)
        items += found
        if not found or page * size >= total:
            return items
        page += 1
