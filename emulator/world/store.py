"""Durable storage of the world: one SQLite file, one table a row class, written at each commit.

The world lives in memory; SQLite holds what a restart needs. A change is acknowledged to a client
only after its transaction is in the write-ahead log, so it survives `kill -9` of the emulator.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emulator.world.table import Table


class Store:
    """The SQLite file behind a world; `path=None` keeps it in memory."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            # It holds the secrets that signatures are checked with; its log gets the same mode.
            path.touch(mode=0o600)
        # A world may be made in one thread and then served by another, never by both.
        self._connection = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False
        )
        # A second process on the same file would overwrite what the first one holds in memory.
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT)"
        )

    def load(self, table: Table[Any]) -> None:
        """Create the table if need be and fill `table` from it."""
        self._connection.execute(
            f"CREATE TABLE IF NOT EXISTS {table.spec.name} "
            "(key TEXT PRIMARY KEY, row TEXT NOT NULL)"
        )
        rows = self._connection.execute(f"SELECT row FROM {table.spec.name} ORDER BY rowid")  # noqa: S608
        table.load([table.codec.validate_json(encoded) for (encoded,) in rows])

    def save(self, tables: list[Table[Any]], meta: dict[str, str]) -> None:
        """Write the changes of all tables and the meta values in one transaction."""
        with self._written() as execute:
            for table in tables:
                name = table.spec.name
                for key, changed in table.changes().items():
                    if changed is None:
                        execute(f"DELETE FROM {name} WHERE key = ?", (key,))  # noqa: S608
                    else:
                        execute(
                            f"INSERT INTO {name} VALUES (?, ?)"  # noqa: S608
                            " ON CONFLICT (key) DO UPDATE SET row = excluded.row",
                            (key, table.codec.dump_json(changed).decode()),
                        )
            self._write_meta(execute, meta)

    def replace(self, tables: list[Table[Any]], meta: dict[str, str]) -> None:
        """Write whole tables instead of what there is, in one transaction."""
        with self._written() as execute:
            for table in tables:
                execute(f"DELETE FROM {table.spec.name}")  # noqa: S608
                for row in table:
                    encoded = table.codec.dump_json(row).decode()
                    execute(
                        f"INSERT INTO {table.spec.name} VALUES (?, ?)",  # noqa: S608
                        (getattr(row, table.spec.key), encoded),
                    )
            self._write_meta(execute, meta)

    @contextmanager
    def _written(self) -> Iterator[Callable[..., sqlite3.Cursor]]:
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        try:
            yield execute
            execute("COMMIT")
        except BaseException:
            execute("ROLLBACK")
            raise

    @staticmethod
    def _write_meta(execute: Callable[..., sqlite3.Cursor], meta: dict[str, str]) -> None:
        for item in meta.items():
            execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", item)

    def meta(self) -> dict[str, str]:
        """All meta values."""
        return dict(self._connection.execute("SELECT key, value FROM meta"))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
