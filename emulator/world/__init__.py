"""The emulated world: rows, events, virtual clock, storage. It knows no service and no HTTP."""

from emulator.world.clock import VirtualClock, iso_minutes, iso_seconds
from emulator.world.events import Event, on_event
from emulator.world.table import Table, row
from emulator.world.world import Setting, World

__all__ = [
    "Event",
    "Setting",
    "Table",
    "VirtualClock",
    "World",
    "iso_minutes",
    "iso_seconds",
    "on_event",
    "row",
]
