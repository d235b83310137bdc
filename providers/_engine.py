"""The engine that a provider process works for: whether it is there still, and whether it cancels.

Pulumi's dynamic provider server tells its providers neither. A killed engine leaves the server
running, as the child of a shell that outlives the engine too, so the parent process says nothing.
The engine's own port does: the kernel closes it with the process.
"""

import os
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn

from google.protobuf import empty_pb2

LOOKS_EVERY_SECONDS = 1.0
ORPHANED = 75
"""Exit code of a provider process whose engine is gone; nobody is left to read it."""

cancelled = threading.Event()
"""Set once the engine asks to cancel what runs, as it does for Ctrl-C."""


def engine_address() -> tuple[str, int] | None:
    """Host and port of the engine, which a provider process gets as its first argument."""
    host, _, port = (sys.argv[1] if len(sys.argv) > 1 else "").rpartition(":")
    return (host, int(port)) if host and port.isdecimal() else None


def stop_if_orphaned() -> None:
    """End this process if its engine is gone; does nothing where there is none.

    Asked before every API call: what an orphan goes on with would be recorded by nobody, and the
    next update may do the same at the same moment.
    """
    address = engine_address()
    if address is not None and _is_gone(address):
        _end()


def watch_engine() -> None:
    """In a dynamic provider server: end it with its engine, and set `cancelled` when that asks.

    Anywhere else, such as in the Pulumi program, nothing is watched.
    """
    server = getattr(sys.modules["__main__"], "DynamicResourceProviderServicer", None)
    if server is None or engine_address() is None:
        return
    _take_over_cancel(server)
    threading.Thread(target=_look_again_and_again, name="engine-watch", daemon=True).start()


def _is_gone(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=LOOKS_EVERY_SECONDS).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        # Too busy to answer, or this process has no more files to open: it may be there.
        return False
    return False


def _look_again_and_again() -> None:
    pause = threading.Event()
    while not pause.wait(LOOKS_EVERY_SECONDS):
        stop_if_orphaned()


def _end() -> NoReturn:
    # Not an exception: threads that wait for SMC would run their clean-up, which are API calls.
    os._exit(ORPHANED)


def _take_over_cancel(server: Any) -> None:
    """Let the server's Cancel, which does nothing, tell us.

    gRPC has bound the method before any provider is loaded, so its code is exchanged, not the
    method. It gets a thread of its own: the server's four may all be waiting for waves.
    """
    server.cancelled = cancelled
    server.Cancel.__code__ = _cancel.__code__
    server.Cancel.experimental_thread_pool = ThreadPoolExecutor(1, "cancel")


def _cancel(self: Any, _request: Any, _context: Any) -> Any:
    # Runs in the server's module, which imports the same name.
    self.cancelled.set()
    return empty_pb2.Empty()
