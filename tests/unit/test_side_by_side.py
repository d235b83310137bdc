"""Calls side by side: in order, few at a time, and the first error ends them."""

import threading

import pytest

from smc.side_by_side import AT_A_TIME, side_by_side


def test_results_are_in_the_order_of_the_items() -> None:
    assert side_by_side(lambda n: n * n, range(40)) == [n * n for n in range(40)]
    assert side_by_side(str, []) == []


def test_so_many_at_a_time_and_no_more() -> None:
    # Each waits for all others of its turn: with fewer at a time nobody would go on.
    together = threading.Barrier(AT_A_TIME, timeout=20)
    running, most, lock = 0, 0, threading.Lock()

    def call(_: int) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        together.wait()
        with lock:
            running -= 1

    side_by_side(call, range(AT_A_TIME * 3))
    assert most <= AT_A_TIME


def test_an_error_comes_through_and_ends_what_has_not_begun() -> None:
    made: list[int] = []

    def call(n: int) -> None:
        made.append(n)
        if n == 0:
            raise LookupError("the first")

    with pytest.raises(LookupError, match="the first"):
        side_by_side(call, range(10_000))
    assert len(made) < 10_000


def test_one_alone_is_called_in_the_callers_thread() -> None:
    assert side_by_side(lambda _: threading.current_thread(), [1]) == [threading.current_thread()]
