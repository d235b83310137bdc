"""Who called what, and how it ended. Parameters are not kept, for some of them are secrets."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

MOST_CALLS = 100_000


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One call. `outcome` is `OK` or the error code; `at` is virtual time."""

    at: str
    service: str
    action: str
    caller: str
    outcome: str


class Ledger:
    """The latest calls, and how often each action was called."""

    def __init__(self) -> None:
        self._entries: deque[LedgerEntry] = deque(maxlen=MOST_CALLS)

    def add(self, entry: LedgerEntry) -> None:
        """Write a call down."""
        self._entries.append(entry)

    def entries(self) -> list[dict[str, Any]]:
        """All calls kept, oldest first."""
        return [asdict(entry) for entry in self._entries]

    def counts(self) -> dict[str, int]:
        """Calls that were carried out or refused, by `service:Action`."""
        counted = Counter(f"{entry.service}:{entry.action}" for entry in self._entries)
        return dict(sorted(counted.items()))
