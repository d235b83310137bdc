"""The world: every object of every account, the clock, and what is about to happen.

One thread uses a world. A request runs in `transaction()`: all of its changes are written, or none.
Before it, `settle()` lets everything happen that is due by now, in the order of its due times.
"""

import hashlib
import heapq
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from emulator.world.clock import VirtualClock
from emulator.world.events import Event, handler_of
from emulator.world.store import Store
from emulator.world.table import ROW_SPECS, Table, row

Row = TypeVar("Row")


@row("setting", key="name")
@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a world."""

    name: str
    value: str | float


_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class World:
    """All state of the emulator.

    Args:
        path: SQLite file; None keeps the world in memory.
        seed: makes ids and durations repeatable; a stored world keeps its own.
        speed: see `VirtualClock`.
        start: virtual time at which a new world begins; default is now. A stored world goes on at
            the virtual time of its last change.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        seed: str = "smc",
        speed: float = 1.0,
        start: datetime | None = None,
    ) -> None:
        self._store = Store(path)
        meta = self._store.meta()
        self.is_new = not meta
        self.seed = meta.get("seed", seed)
        self._counter = int(meta.get("counter", "0"))
        begin = datetime.fromisoformat(meta["now"]) if meta else start or datetime.now(UTC)
        self.clock = VirtualClock(begin, speed)
        self._now = begin
        self._tables: dict[type, Table[Any]] = {}
        for row_class in ROW_SPECS:
            self._tables[row_class] = Table(row_class)
            self._store.load(self._tables[row_class])
        self._due = [(e.due, e.event_id) for e in self.table(Event)]
        heapq.heapify(self._due)

    def table(self, row_class: type[Row]) -> Table[Row]:
        """The table of a row class."""
        return self._tables[row_class]

    @property
    def now(self) -> datetime:
        """Virtual time of what is happening: of the request, or of the event being handled."""
        return self._now

    def new_id(self, prefix: str, length: int = 17) -> str:
        """A new id: `prefix` and `length` of [0-9a-z]; the same sequence in worlds of one seed."""
        self._counter += 1
        digest = int.from_bytes(hashlib.sha256(f"{self.seed}/{self._counter}".encode()).digest())
        return prefix + "".join(_ALPHABET[(digest // 36**i) % 36] for i in range(length))

    def random(self, *about: str) -> random.Random:
        """A random source that always gives the same values for the same subject in a seed."""
        return random.Random("/".join((self.seed, *about)))  # noqa: S311

    def setting(self, name: str, default: str | float) -> str | float:
        """A setting of the world file, such as a quota, or the default."""
        stored = self.table(Setting).get(name)
        return default if stored is None else stored.value

    def schedule(self, due: datetime, kind: str, subject: str) -> None:
        """Let an event of `kind` happen to `subject` at `due`; replaces one that was planned."""
        event = Event(event_id=f"{kind}/{subject}", kind=kind, subject=subject, due=due)
        self.table(Event).put(event)
        heapq.heappush(self._due, (due, event.event_id))

    def cancel(self, kind: str, subject: str) -> None:
        """Take a planned event back, if there is one."""
        self.table(Event).delete(f"{kind}/{subject}")

    def settle(self) -> None:
        """Handle every event that is due by now, oldest first, each in a transaction of its own."""
        now = self.clock.now()
        events = self.table(Event)
        while self._due and self._due[0][0] <= now:
            due, event_id = heapq.heappop(self._due)
            event = events.get(event_id)
            if event is None or event.due != due:
                continue
            with self._transaction_at(due):
                events.delete(event_id)
                handler_of(event.kind)(self, event.subject)
        self._now = now

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything done inside is written when it ends well, and undone when it raises."""
        with self._transaction_at(self.clock.now()):
            yield

    @contextmanager
    def _transaction_at(self, moment: datetime) -> Iterator[None]:
        self._now = moment
        counter = self._counter
        try:
            yield
            changed = [t for t in self._tables.values() if t.changes()]
            if changed:
                meta = {
                    "now": self._now.isoformat(),
                    "counter": str(self._counter),
                    "seed": self.seed,
                }
                self._store.save(changed, meta)
        except BaseException:
            self._counter = counter
            for table in self._tables.values():
                table.rollback()
            raise
        for table in changed:
            table.commit()

    def close(self) -> None:
        """Close the file."""
        self._store.close()
