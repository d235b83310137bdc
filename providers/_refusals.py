"""Changes that are refused, told from a job's diff to the check of its wave.

The engine ends a preview at the first resource that fails, and everything that comes after stays
unsaid. So a refused job says so on its row and stays as it is; its wave, which comes after all of
its jobs, takes the refusals into its inputs, does nothing with those servers and reports them as
failures. Both run in the same process.
"""

import threading

_lock = threading.Lock()
_refused: dict[tuple[str, str], str] = {}


def remember(stack: str, server: str, reason: str) -> None:
    """Take note that a server's change is refused; an empty reason: it is not any more."""
    with _lock:
        _refused[stack, server] = reason


def refused(stack: str, server: str) -> str:
    """Why a server's change is refused; empty if it is not."""
    with _lock:
        return _refused.get((stack, server), "")
