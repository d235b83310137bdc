"""Rows of the world: frozen dataclasses in memory, indexed, undone unless committed.

A row class declares its table name, its key and the fields it is looked up by:

    @row("ecs_instance", key="instance_id", indexes=("account_id",))
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Instance: ...

Keys and indexed fields are strings. Rows change only through `Table.put` and `Table.delete`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import TypeAdapter

Row = TypeVar("Row")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class RowSpec:
    """How a row class is stored."""

    name: str
    key: str
    indexes: tuple[str, ...]


ROW_SPECS: dict[type, RowSpec] = {}


def row(name: str, *, key: str, indexes: tuple[str, ...] = ()) -> Callable[[type[Row]], type[Row]]:
    """Declare a frozen dataclass as the row of table `name`."""

    def declare(row_class: type[Row]) -> type[Row]:
        ROW_SPECS[row_class] = RowSpec(name, key, indexes)
        return row_class

    return declare


class Table(Generic[Row]):
    """The rows of one class, in the order in which they were first put."""

    def __init__(self, row_class: type[Row]) -> None:
        self.row_class = row_class
        self.spec = ROW_SPECS[row_class]
        self._rows: dict[str, Row] = {}
        self._by_index: dict[str, dict[str, dict[str, None]]] = {i: {} for i in self.spec.indexes}
        self._before: dict[str, Row | None] = {}
        self._derived: dict[str, tuple[Row, object, Any]] = {}

    @cached_property
    def codec(self) -> TypeAdapter[Row]:
        """Between rows and JSON."""
        return TypeAdapter(self.row_class)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(list(self._rows.values()))

    def get(self, key: str) -> Row | None:
        """The row with this key, or None."""
        return self._rows.get(key)

    def find(self, **equals: Any) -> list[Row]:
        """All rows whose fields equal the values given, oldest first.

        An indexed field makes the search proportional to the rows it selects.
        """
        indexed = next((field for field in equals if field in self._by_index), None)
        if indexed is None:
            rows = list(self._rows.values())
        else:
            keys = self._by_index[indexed].get(equals.pop(indexed), {})
            rows = [self._rows[key] for key in keys]
        if not equals:
            return rows
        return [r for r in rows if all(getattr(r, f) == v for f, v in equals.items())]

    def derived(self, row: Row, other: object, make: Callable[[], Value]) -> Value:
        """What `make` makes of a row and another one, made once for as long as both stay.

        Rows never change, so it is enough that they are the same objects. One value is kept for a
        row and shared by all who ask: nobody may change it.
        """
        key = getattr(row, self.spec.key)
        kept = self._derived.get(key)
        if kept is None or kept[0] is not row or kept[1] is not other:
            kept = self._derived[key] = (row, other, make())
        value: Value = kept[2]
        return value

    def put(self, new: Row) -> Row:
        """Insert the row, or replace the one with the same key. Returns the row."""
        key = getattr(new, self.spec.key)
        old = self._rows.get(key)
        self._before.setdefault(key, old)
        self._replace(key, old, new)
        return new

    def delete(self, key: str) -> None:
        """Remove the row with this key, if there is one."""
        old = self._rows.get(key)
        if old is not None:
            self._before.setdefault(key, old)
            self._replace(key, old, None)

    def load(self, rows: list[Row]) -> None:
        """Fill the table from storage, outside any transaction."""
        for stored in rows:
            self._replace(getattr(stored, self.spec.key), None, stored)

    def changes(self) -> dict[str, Row | None]:
        """Keys touched since the last commit with their rows, None where deleted."""
        return {key: self._rows.get(key) for key in self._before}

    def before(self) -> Mapping[str, Row | None]:
        """Rows touched since the last commit as they were then, None where there was none."""
        return self._before

    def with_rows(self, rows: Mapping[str, Row | None]) -> "Table[Row]":
        """A copy with these rows instead, None for none; rows that were not there come last."""
        copy = Table(self.row_class)
        copy.load([r for r in {**self._rows, **rows}.values() if r is not None])
        return copy

    def commit(self) -> None:
        """Forget how things were before."""
        self._before.clear()

    def rollback(self) -> None:
        """Put every touched row back as it was at the last commit."""
        for key, old in self._before.items():
            self._replace(key, self._rows.get(key), old)
        self._before.clear()

    def _replace(self, key: str, old: Row | None, new: Row | None) -> None:
        for field, index in self._by_index.items():
            before = None if old is None else str(getattr(old, field))
            after = None if new is None else str(getattr(new, field))
            if before == after:
                continue
            if before is not None:
                index[before].pop(key, None)
            if after is not None:
                index.setdefault(after, {})[key] = None
        if new is None:
            self._rows.pop(key, None)
            self._derived.pop(key, None)
        else:
            self._rows[key] = new
