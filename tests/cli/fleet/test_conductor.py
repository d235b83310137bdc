"""Stacks in their order, so many at a time; what fails stops what needs it, and nothing else."""

import threading
from collections.abc import Mapping

from cli.fleet.conductor import Conductor, Ended
from cli.fleet.outcome import Ending, Outcome
from cli.fleet.plan import FleetStack
from cli.fleet.split import Members

NEVER = Ended(has_ended=False, has_failures=False)


def stack(name: str, *after: str, held_by: tuple[str, ...] = ()) -> FleetStack:
    return FleetStack(name, Members("w", ("a",)), {}, frozenset(after), frozenset(held_by))


class Drives:
    """Drives stacks, each to the end that it is given, and remembers."""

    def __init__(self, endings: Mapping[str, Ending] | None = None, together: int = 1) -> None:
        self.begun: list[str] = []
        self.over: list[str] = []
        self.most = 0
        self.cancelled = False
        self._endings = endings or {}
        self._now = 0
        self._lock = threading.Lock()
        self._barrier = threading.Barrier(together)

    def __call__(self, stack: FleetStack) -> Outcome:
        with self._lock:
            self.begun.append(stack.name)
            self._now += 1
            self.most = max(self.most, self._now)
        self._barrier.wait(10)
        with self._lock:
            self._now -= 1
        return Outcome(self._endings.get(stack.name, Ending.DONE), stack.servers)

    def conduct(
        self, *stacks: FleetStack, parallel: int = 1, before: Mapping[str, Ended] | None = None
    ) -> dict[str, str]:
        ended = (before or {}).get
        conductor = Conductor(
            self,
            lambda stack, _: self.over.append(stack.name),
            parallel,
            lambda name: ended(name, NEVER),
            lambda: self.cancelled,
        )
        outcomes = conductor.conduct(stacks)
        return {name: str(outcome.ending) for name, outcome in outcomes.items()}


def test_as_many_at_a_time_as_are_allowed() -> None:
    drives = Drives(together=2)
    ends = drives.conduct(*(stack(name) for name in "abcd"), parallel=2)
    assert set(ends.values()) == {"done"}
    assert drives.most == 2


def test_each_begins_after_those_that_it_comes_after() -> None:
    drives = Drives()
    drives.conduct(stack("c", "a", "b"), stack("b", "a"), stack("a"), parallel=3)
    assert drives.begun == drives.over == ["a", "b", "c"]


def test_a_stack_that_breaks_stops_what_comes_after_it_and_nothing_else() -> None:
    drives = Drives({"a": Ending.BROKEN})
    ends = drives.conduct(stack("a"), stack("b", "a"), stack("c", "b"), stack("d"))
    assert ends == {"a": "broken", "b": "held", "c": "held", "d": "done"}


def test_failures_hold_only_where_their_wave_says_so() -> None:
    drives = Drives({"a": Ending.FAILED})
    ends = drives.conduct(stack("a"), stack("b", "a"), stack("c", "a", held_by=("a",)))
    assert ends == {"a": "failed", "b": "done", "c": "held"}


def test_what_is_not_driven_now_is_asked_how_it_ended() -> None:
    before = {
        "done": Ended(has_ended=True, has_failures=False),
        "failed": Ended(has_ended=True, has_failures=True),
    }
    drives = Drives()
    ends = drives.conduct(
        stack("a", "done"),
        stack("b", "failed", held_by=("failed",)),
        stack("c", "never"),
        before=before,
    )
    assert ends == {"a": "done", "b": "held", "c": "held"}


def test_cancelled_nothing_more_begins() -> None:
    drives = Drives()
    drives.cancelled = True
    assert drives.conduct(stack("a"), stack("b", "a")) == {"a": "cancelled", "b": "cancelled"}
    assert drives.begun == []
