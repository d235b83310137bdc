"""Looks again and again until a migration is over, or nothing happens any more."""

from collections.abc import Callable
from enum import IntEnum

from smc.clock import Clock
from smc.errors import MigrationError
from smc.fleet_status import FleetStatus, ServerStatus, Stage
from smc.handlers.fleet_look import FleetLook

Show = Callable[[FleetStatus, str], None]
"""Takes each look; the text is why the last one failed, empty if it did not."""


class ExitCode(IntEnum):
    """How `watch` and `status` end."""

    DONE = 0
    FAILED = 1
    """A server failed."""

    NOT_FINISHED = 3
    """No server failed, but some run or are to come. 2 is a mistake on the command line."""

    INTERRUPTED = 130


def exit_code(status: FleetStatus) -> ExitCode:
    """What a look comes to."""
    if status.counts.failed:
        return ExitCode.FAILED
    return ExitCode.DONE if status.is_over else ExitCode.NOT_FINISHED


def follow(
    look: FleetLook,
    first: FleetStatus,
    show: Show,
    clock: Clock,
    every_seconds: float,
    idle_seconds: float,
) -> FleetStatus:
    """Look until nothing runs and nothing is to come; returns the last look.

    Ends too when nothing has run or changed for `idle_seconds` and no start is set for later:
    then nobody drives the migration any more. A look that fails is shown and repeated.

    Args:
        look: looks.
        first: the first look.
        show: is given each look, the first included.
        clock: time.
        every_seconds: between two looks.
        idle_seconds: how long nothing may happen.

    Raises:
        MigrationError: all looks failed for `idle_seconds`.
    """
    status = first
    changed_at = seen_at = clock.monotonic()
    show(status, "")
    while not status.is_over:
        clock.sleep(every_seconds)
        try:
            now = look.look()
        except MigrationError as error:
            if clock.monotonic() - seen_at >= idle_seconds:
                raise
            show(status, str(error))
            continue
        seen_at = clock.monotonic()
        if _moves(now) or _standing(now) != _standing(status):
            changed_at = seen_at
        status = now
        show(status, "")
        if seen_at - changed_at >= idle_seconds:
            break
    return status


def _standing(status: FleetStatus) -> list[tuple[str, str, str]]:
    return [(s.server, s.status, s.source_id) for s in status.members()]


def _moves(status: FleetStatus) -> bool:
    return any(s.stage is Stage.RUNNING or _starts_later(s, status.at) for s in status.members())


def _starts_later(server: ServerStatus, now: str) -> bool:
    return server.stage is Stage.PENDING and server.starts_at > now
