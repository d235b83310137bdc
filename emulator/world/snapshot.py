"""A whole world in one JSON document, to be restored later, or elsewhere.

It holds every row, among them access keys and activation codes, and what ids and random values
follow from. Faults, latency, speed and the ledger belong to the server and are not in it.
"""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from emulator.world.table import Table
from emulator.world.world import World


class Snapshot(BaseModel):
    """The document. `tables` has rows by the name of their table, oldest first."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["smc-emulator-world/1"] = "smc-emulator-world/1"
    seed: str
    repeatable: bool
    counter: int
    requests: int
    now: datetime
    tables: dict[str, list[Any]]


def take_snapshot(world: World) -> Snapshot:
    """The world as it is now, everything that is due by now included."""
    world.settle()
    return Snapshot(
        seed=world.seed,
        repeatable=world.repeatable,
        counter=world.counter,
        requests=world.requests,
        now=world.now,
        tables={
            table.spec.name: [table.codec.dump_python(row, mode="json") for row in table]
            for table in world.tables()
            if len(table)
        },
    )


def restore_snapshot(world: World, snapshot: Snapshot) -> None:
    """Replace everything in the world, its virtual time included.

    Raises:
        ValueError: it is of another version of the emulator; nothing has changed.
    """
    restored = {table.spec.name: Table(table.row_class) for table in world.tables()}
    unknown = snapshot.tables.keys() - restored.keys()
    if unknown:
        raise ValueError(f"the snapshot has unknown tables: {', '.join(sorted(unknown))}")
    for name, rows in snapshot.tables.items():
        table = restored[name]
        try:
            table.load([table.codec.validate_python(row, strict=False) for row in rows])
        except ValidationError as error:
            raise ValueError(f"the snapshot's table {name} does not fit: {error}") from None
    world.replace(
        list(restored.values()),
        seed=snapshot.seed,
        repeatable=snapshot.repeatable,
        counter=snapshot.counter,
        requests=snapshot.requests,
        now=snapshot.now,
    )
