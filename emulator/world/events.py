"""What will happen by itself: rows that say when, and the functions that make it happen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from emulator.world.table import row

if TYPE_CHECKING:
    from emulator.world.world import World

EventHandler = Callable[["World", str], None]

_HANDLERS: dict[str, EventHandler] = {}


@row("event", key="event_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that will happen to one subject. `event_id` is `kind/subject`."""

    event_id: str
    kind: str
    subject: str
    due: datetime


def on_event(kind: str) -> Callable[[EventHandler], EventHandler]:
    """Register the function that is called with (world, subject) when an event of `kind` is due."""

    def register(handler: EventHandler) -> EventHandler:
        if kind in _HANDLERS:
            raise ValueError(f"two handlers for event {kind}")
        _HANDLERS[kind] = handler
        return handler

    return register


def handler_of(kind: str) -> EventHandler:
    """The function registered for `kind`."""
    return _HANDLERS[kind]
