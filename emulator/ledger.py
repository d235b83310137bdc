"""Who called what, and how it ended. Parameters are not kept, for some of them are secrets."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

MOST_CALLS = 100_000
LONGEST_NAME = 64
"""Names of actions are whatever a client sends; those that exist are shorter."""
MOST_NAMES = 1000
OTHERS = ":others"
"""Where calls are counted once there are that many names, which only nonsense reaches."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One call. `outcome` is `OK` or the error code; `at` is virtual time."""

    at: str
    service: str
    action: str
    caller: str
    outcome: str


class Ledger:
    """The latest calls, and how often each action was called since the start."""

    def __init__(self) -> None:
        self._entries: deque[LedgerEntry] = deque(maxlen=MOST_CALLS)
        self._counts: Counter[str] = Counter()

    def add(self, entry: LedgerEntry) -> None:
        """Write a call down."""
        self._entries.append(entry)
        name = f"{entry.service}:{entry.action}"
        self._counts[
            name if name in self._counts or len(self._counts) < MOST_NAMES else OTHERS
        ] += 1

    def entries(self, latest: int = MOST_CALLS) -> list[dict[str, Any]]:
        """The latest calls that are kept, oldest first."""
        kept = list(self._entries)
        return [asdict(entry) for entry in kept[max(0, len(kept) - latest) :]]

    def counts(self) -> dict[str, int]:
        """Calls that were carried out or refused, by `service:Action`."""
        return dict(sorted(self._counts.items()))
