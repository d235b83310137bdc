"""The world: every object of every account, the clock, and what is about to happen.

One thread uses a world. A request runs in `transaction()`: all of its changes are written, or none.
Before it, `settle()` lets everything happen that is due by now, in the order of its due times.
"""

import copy
import hashlib
import heapq
import random
import secrets
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from emulator.world.clock import VirtualClock
from emulator.world.events import Event, handler_of
from emulator.world.history import History
from emulator.world.store import Store
from emulator.world.table import ROW_SPECS, Table, row

Row = TypeVar("Row")


@row("setting", key="name")
@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a world."""

    name: str
    value: str | float


DEFAULT_SEED = "smc"
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


class World:
    """All state of the emulator.

    Args:
        path: SQLite file; None keeps the world in memory.
        seed: what ids and durations follow from; a stored world keeps its own. If it is given,
            secrets and request ids follow from it too, so that every answer is repeatable.
        speed: see `VirtualClock`.
        start: virtual time at which a new world begins; default is now. A stored world goes on at
            the virtual time of its last change.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        seed: str | None = None,
        speed: float = 1.0,
        start: datetime | None = None,
    ) -> None:
        self._store = Store(path)
        meta = self._store.meta()
        self.is_new = not meta
        self.seed = meta.get("seed", seed or DEFAULT_SEED)
        self.repeatable = bool(meta.get("repeatable")) if meta else seed is not None
        self.counter = int(meta.get("counter", "0"))
        self.requests = 0
        begin = datetime.fromisoformat(meta["now"]) if meta else start or datetime.now(UTC)
        self.clock = VirtualClock(begin, speed)
        self._now = begin
        self._tables: dict[type, Table[Any]] = {}
        for row_class in ROW_SPECS:
            self._tables[row_class] = Table(row_class)
            self._store.load(self._tables[row_class])
        self._history = History()
        self._due = self._planned()

    def tables(self) -> list[Table[Any]]:
        """Every table."""
        return list(self._tables.values())

    def table(self, row_class: type[Row]) -> Table[Row]:
        """The table of a row class."""
        return self._tables[row_class]

    @property
    def now(self) -> datetime:
        """Virtual time of what is happening: of the request, or of the event being handled."""
        return self._now

    def new_id(self, prefix: str, length: int = 17) -> str:
        """A new id: `prefix` and `length` of [0-9a-z]; the same sequence in worlds of one seed."""
        self.counter += 1
        digest = int.from_bytes(hashlib.sha256(f"{self.seed}/{self.counter}".encode()).digest())
        return prefix + "".join(_ALPHABET[(digest // 36**i) % 36] for i in range(length))

    def new_secret(self) -> str:
        """64 hexadecimal digits nobody can guess, unless the world was to be repeatable."""
        if not self.repeatable:
            return secrets.token_hex(32)
        self.counter += 1
        return hashlib.sha256(f"{self.seed}/secret/{self.counter}".encode()).hexdigest()

    def new_request_id(self) -> str:
        """The id of a request: a UUID in capitals."""
        if not self.repeatable:
            return str(uuid.uuid4()).upper()
        self.requests += 1
        subject = f"{self.seed}/request/{self.counter}/{self.requests}"
        digest = hashlib.sha256(subject.encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4)).upper()

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
        counter = self.counter
        try:
            yield
            changed = [t for t in self._tables.values() if t.before()]
            if changed:
                self._store.save(changed, self._meta())
        except BaseException:
            self.counter = counter
            for table in self._tables.values():
                table.rollback()
            raise
        for table in changed:
            self._history.record(moment, table)
            table.commit()

    def as_of(self, moment: datetime) -> "World":
        """A copy to read from: the world as it was at `moment`, as far back as is remembered."""
        past = copy.copy(self)
        past._now = moment  # noqa: SLF001 - a copy of this object
        past._tables = self._history.tables_at(self._tables, moment)  # noqa: SLF001
        return past

    def replace(
        self,
        tables: list[Table[Any]],
        *,
        seed: str,
        repeatable: bool,
        counter: int,
        requests: int,
        now: datetime,
    ) -> None:
        """Become another world, with these tables; the speed of time stays."""
        before = self.seed, self.repeatable, self.counter, self._now
        self.seed, self.repeatable, self.counter, self._now = seed, repeatable, counter, now
        try:
            self._store.replace(tables, self._meta())
        except BaseException:
            self.seed, self.repeatable, self.counter, self._now = before
            raise
        self.requests = requests
        self.clock = VirtualClock(now, self.clock.speed)
        self._tables = {table.row_class: table for table in tables}
        self._history = History()
        self._due = self._planned()

    def _planned(self) -> list[tuple[datetime, str]]:
        planned = [(event.due, event.event_id) for event in self.table(Event)]
        heapq.heapify(planned)
        return planned

    def _meta(self) -> dict[str, str]:
        return {
            "now": self._now.isoformat(),
            "counter": str(self.counter),
            "seed": self.seed,
            "repeatable": "yes" if self.repeatable else "",
        }

    def close(self) -> None:
        """Close the file."""
        self._store.close()
