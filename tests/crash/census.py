"""What is in an emulated world, in words that two runs which came to the same have in common.

Every row of every table counts, but those that only tell what happened. Generated ids, times and
secrets are left out, so two runs that came to the same have the same census.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from emulator.world import World

HISTORY = frozenset(
    {
        "ecs_bill",
        "ecs_client_token",
        "ecs_command",
        "ecs_invocation",
        "ecs_invocation_result",
        "event",
        "sts_session",
    }
)
"""Tables that grow with every call; what they record has its effect elsewhere."""

VOLATILE = frozenset({"ClientToken", "ValidTime", "code", "public_ips", "role_id", "secret"})
GENERATED_ID = re.compile(r"\b([a-z]+)-[0-9a-z]{17,}\b")
MOMENT = re.compile(r"\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z")

Census = Counter[str]


def take_census(world: World) -> Census:
    """A line for each object: its table and what is lasting of its fields."""
    world.settle()
    return Counter(
        f"{table.spec.name} {_lasting(table.codec.dump_python(row))}"
        for table in world.tables()
        if table.spec.name not in HISTORY
        for row in table
    )


def rows_of(world: World) -> dict[tuple[str, str], Any]:
    """Every row that counts, as it is, by table and key."""
    return {
        (table.spec.name, getattr(row, table.spec.key)): row
        for table in world.tables()
        if table.spec.name not in HISTORY
        for row in table
    }


def _lasting(value: Any) -> str:
    if isinstance(value, datetime):
        return "…"
    if isinstance(value, float):
        # A world that was restored has floats where there were whole numbers.
        return f"{value:g}"
    if isinstance(value, Mapping):
        kept = {k: _lasting(v) for k, v in value.items() if k not in VOLATILE}
        return "{" + ", ".join(f"{k}: {v}" for k, v in sorted(kept.items())) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_lasting(each) for each in value) + "]"
    return MOMENT.sub("…", GENERATED_ID.sub(r"\1-…", str(value)))
