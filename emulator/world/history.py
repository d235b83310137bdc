"""How the world was: the latest changes, kept so that they can be thought away.

Answers from the past are a fault that tests ask for (`stale` in `emulator.http.faults`): list
operations of a cloud lag behind its changes.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from emulator.world.table import Table

MOST_CHANGES = 10_000


class History:
    """The latest changes of rows, oldest first, each with the row that was there before."""

    def __init__(self) -> None:
        self._changes: deque[tuple[datetime, type, str, Any]] = deque(maxlen=MOST_CHANGES)

    def record(self, moment: datetime, table: Table[Any]) -> None:
        """Remember what a transaction at `moment` is about to change for good."""
        for key, before in table.before().items():
            self._changes.append((moment, table.row_class, key, before))

    def tables_at(
        self, present: Mapping[type, Table[Any]], moment: datetime
    ) -> dict[type, Table[Any]]:
        """The tables as they were at `moment`, or as far back as is remembered."""
        undone: dict[type, dict[str, Any]] = {}
        for changed, row_class, key, before in reversed(self._changes):
            if changed <= moment:
                break
            undone.setdefault(row_class, {})[key] = before
        return {**present, **{c: present[c].with_rows(rows) for c, rows in undone.items()}}
