"""A ledger that acts: at a chosen call, carried out and not answered yet, it does what a test asks.

So a crash is tied to a call, never to time. Virtual time can be tied to calls too: then a wait
costs the same number of looks in every run, however fast the machine is.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from emulator.ledger import Ledger, LedgerEntry
from emulator.world import World


@dataclass(frozen=True, slots=True)
class Moment:
    """The n-th call of an action, such as the second `smc:StartReplicationJob`."""

    action: str
    occurrence: int = 1

    def __str__(self) -> str:
        return f"{self.action} {self.occurrence}"


class Trap(Ledger):
    """Takes the place of a gateway's ledger; its methods run in the emulator's thread.

    Args:
        world: whose time passes.
        seconds_a_call: virtual seconds that pass with each call.
    """

    def __init__(self, world: World, seconds_a_call: float = 0.0) -> None:
        super().__init__()
        self._world = world
        self._seconds_a_call = seconds_a_call
        self.watch(lambda _: None)

    def watch(self, act: Callable[[Moment], None]) -> None:
        """Call `act` at each call from now on, which begin to count anew."""
        self._seen: Counter[str] = Counter()
        self._act = act

    def set(self, moment: Moment, act: Callable[[], None]) -> None:
        """Call `act` once, at this moment; see `watch`."""
        self.watch(lambda now: act() if now == moment else None)

    def add(self, entry: LedgerEntry) -> None:
        """Write a call down, then act."""
        super().add(entry)
        action = f"{entry.service}:{entry.action}"
        self._seen[action] += 1
        self._world.clock.advance(self._seconds_a_call)
        self._act(Moment(action, self._seen[action]))
