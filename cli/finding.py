"""One result of `python -m cli doctor`."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found.

    Attributes:
        check: what was checked.
        state: how it ended.
        says: what is so.
        mend: the one command, or the one edit, that mends a problem.
    """

    check: str
    state: State
    says: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f"\n         mend: {self.mend}" if self.mend else ""
        return f"{self.state:<8} {self.check}: {self.says}{mend}"
