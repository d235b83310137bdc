"""What SMC lists, read once and shared by everything that looks at it in one preview.

A preview of a thousand servers asks for each of them; one listing costs a call for every 50. A
snapshot is young or it is read again, and whoever changes an object takes it out.
"""

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from smc.clock import Clock

LONGEST_AGE_SECONDS = 60.0


Item = TypeVar("Item")


class Snapshot(Generic[Item]):
    """A listing by id.

    Args:
        list_all: reads the whole listing.
        read_one: reads one object by its id; None if it is gone.
        id_of: the id of an object.
        clock: tells its age.
    """

    def __init__(
        self,
        list_all: Callable[[], Sequence[Item]],
        read_one: Callable[[str], Item | None],
        id_of: Callable[[Item], str],
        clock: Clock,
    ) -> None:
        self._list_all = list_all
        self._read_one = read_one
        self._id_of = id_of
        self._clock = clock
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._items: dict[str, Item] = {}

    def all(self) -> list[Item]:
        """Every object of the listing."""
        with self._lock:
            return list(self._fresh().values())

    def listed(self, item_id: str) -> Item | None:
        """One object, if the listing has it."""
        with self._lock:
            return self._fresh().get(item_id)

    def get(self, item_id: str) -> Item | None:
        """One object; read by itself where the listing lacks it."""
        found = self.listed(item_id)
        return found if found is not None else self._read_one(item_id)

    def forget(self, item_id: str) -> None:
        """Take out what was changed."""
        with self._lock:
            self._items.pop(item_id, None)

    def _fresh(self) -> dict[str, Item]:
        now = self._clock.monotonic()
        if self._read_at is None or now - self._read_at > LONGEST_AGE_SECONDS:
            self._items = {self._id_of(item): item for item in self._list_all()}
            self._read_at = now
        return self._items
