"""Drives stacks, several at a time, in the order that they need; one that fails stops no other."""

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from cli.fleet.outcome import Ending, Outcome
from cli.fleet.plan import FleetStack


@dataclass(frozen=True, slots=True)
class Ended:
    """Whether a stack has come to its end, and whether servers of it are not migrated."""

    has_ended: bool
    has_failures: bool


@dataclass(slots=True)
class Conductor:
    """Knows which stacks may begin.

    Args:
        drive: carries a command out on a stack; called in a thread.
        over: told, in the conductor's thread, what came of each.
        parallel: how many stacks are driven at a time.
        ended_before: how a stack ended that others come after and that is not driven now.
        is_cancelled: whether no more are to begin.
    """

    drive: Callable[[FleetStack], Outcome]
    over: Callable[[FleetStack, Outcome], None]
    parallel: int
    ended_before: Callable[[str], Ended]
    is_cancelled: Callable[[], bool]
    _waiting: list[FleetStack] = field(default_factory=list)
    _running: dict[Future[Outcome], FleetStack] = field(default_factory=dict)
    _ended: dict[str, Ended] = field(default_factory=dict)
    _outcomes: dict[str, Outcome] = field(default_factory=dict)

    def conduct(self, stacks: Sequence[FleetStack]) -> dict[str, Outcome]:
        """Drive all stacks, each after those that it comes after.

        Args:
            stacks: in the order in which they begin where they may.

        Returns:
            What came of each stack, in their order.
        """
        self._waiting = list(stacks)
        driven = {stack.name for stack in stacks}
        for name in sorted(set().union(*(stack.after for stack in stacks)) - driven):
            self._ended[name] = self.ended_before(name)
        with ThreadPoolExecutor(self.parallel) as workers:
            while self._waiting or self._running:
                for stack in list(self._waiting):
                    self._advance(stack, workers)
                if self._running:
                    done, _ = wait(self._running, return_when=FIRST_COMPLETED)
                    for future in done:
                        self._note(self._running.pop(future), future.result())
        return {stack.name: self._outcomes[stack.name] for stack in stacks}

    def _advance(self, stack: FleetStack, workers: ThreadPoolExecutor) -> None:
        """Begin a stack, or give it up, if either can be told by now."""
        reason = self._reason_against(stack)
        if self.is_cancelled():
            self._give_up(stack, Outcome(Ending.CANCELLED, stack.servers))
        elif reason:
            self._give_up(stack, Outcome(Ending.HELD, stack.servers, errors=(reason,)))
        elif stack.after <= self._ended.keys() and len(self._running) < self.parallel:
            self._waiting.remove(stack)
            self._running[workers.submit(self.drive, stack)] = stack

    def _give_up(self, stack: FleetStack, outcome: Outcome) -> None:
        self._waiting.remove(stack)
        self._note(stack, outcome)

    def _note(self, stack: FleetStack, outcome: Outcome) -> None:
        self._outcomes[stack.name] = outcome
        has_ended = outcome.ending in {Ending.DONE, Ending.FAILED}
        self._ended[stack.name] = Ended(has_ended, outcome.ending is Ending.FAILED)
        self.over(stack, outcome)

    def _reason_against(self, stack: FleetStack) -> str:
        """Why a stack cannot begin any more; empty if it can, or may be able to."""
        before = {name: self._ended[name] for name in sorted(stack.after) if name in self._ended}
        never = [name for name, ended in before.items() if not ended.has_ended]
        failed = [n for n, ended in before.items() if ended.has_failures and n in stack.held_by]
        if never:
            return f"not begun, for it comes after {', '.join(never)}. Fix: get that right first."
        if failed:
            return (
                f"not begun, for servers of {', '.join(failed)} are not migrated, and onFailure"
                " of their wave is hold. Fix: get those right, or set onFailure: continue."
            )
        return ""
