"""What a command came to on a stack, as the summary and the stacks after it need it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Ending(StrEnum):
    """How a command ended on a stack."""

    DONE = "done"
    FAILED = "failed"
    """It ended, and servers are not migrated: the waves after it may go on."""

    BROKEN = "broken"
    """It did not come to its end, so nobody knows what of it is migrated."""

    HELD = "held"
    """It did not begin, for another stack has to be right before."""

    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to on a stack.

    Attributes:
        ending: how it ended.
        servers: how many the stack migrates.
        seconds: from its start to its end; 0 if it did not begin.
        migrated: servers that are migrated; None where that is not asked.
        changes: kind of change -> resources, such as `create`.
        failures: server -> why it is not migrated.
        errors: what else went wrong, a sentence or a few each.
    """

    ending: Ending
    servers: int
    seconds: float = 0.0
    migrated: int | None = None
    changes: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether nothing of it is left to do."""
        return self.ending is Ending.DONE
