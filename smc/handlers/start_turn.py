"""Whose turn it is to start jobs of an account: one wave at a time, of whatever stack.

Between the count of what runs and the last start that it allows, nobody else may count, or more
than the quota would run. Stacks that are driven at the same time are processes of their own, so
within a process a lock keeps the turn, and between processes of a machine and user a locked file.
The system gives a file's lock up with its process. Between machines there is nothing but SMC's own
quota, above which it refuses.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from smc.clock import Clock
from smc.connection import Connection

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PATIENCE_SECONDS = 10.0
"""After which a holder that starts nothing is not waited for: it was stopped. A job too many for a
while is better than none for as long as that takes."""

LOOK_SECONDS = 0.05

_in_this_process = threading.Lock()


@contextmanager
def turn_to_start(connection: Connection, clock: Clock) -> Iterator[Callable[[], None]]:
    """Wait for the turn, and keep it while the block runs.

    Args:
        connection: the destination side.
        clock: of the wait.

    Yields:
        What is to be called after each start, or a few at a time, so that others know that the turn
        is still used.

    Raises:
        InterruptedWait: the update was cancelled meanwhile.
    """
    with _in_this_process:
        file = _opened(turn_file(connection))
        try:
            if file is not None:
                _wait(file, clock)
            yield lambda: os.utime(file) if file is not None else None
        finally:
            if file is not None:
                os.close(file)


def turn_file(connection: Connection) -> Path:
    """The file whose lock is the turn: beside the emulator's address, or in the user's cache."""
    if connection.emulator is not None:
        return Path(f"{connection.emulator}.turn")
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "smc-migration" / f"starting-{connection.account}.lock"


def _opened(path: Path) -> int | None:
    """The open file; None where none can be had, and other processes are not waited for."""
    if fcntl is None:
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None


def _wait(file: int, clock: Clock) -> None:
    used, since = os.fstat(file).st_mtime_ns, clock.monotonic()
    while not _is_taken(file) and clock.monotonic() - since < PATIENCE_SECONDS:
        clock.sleep(LOOK_SECONDS)
        now = os.fstat(file).st_mtime_ns
        if now != used:
            used, since = now, clock.monotonic()


def _is_taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system without locks.
        return True
    return True
