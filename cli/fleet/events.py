"""What the engine tells of a stack while a command runs, in the few words that a fleet needs."""

import re
from collections import Counter
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi.automation import EngineEvent

_MARKUP = re.compile(r"<\{%.*?%\}>")
_SUMMARIES = ("update failed", "preview failed", "destroy failed", "resource ")
"""Begin errors in which the engine but says that there was one."""

_SAME = ("same", "read", "refresh")


class Events:
    """Listens to the engine of one stack.

    Args:
        tell: is given one line whenever there is something new to say.

    Attributes:
        errors: errors that are not about a resource that is told by others, first first.
        changes: kind of change -> resources.
        is_over: whether the engine has come to its end, right or wrong.
        has_failed_operations: whether a resource could not be made, changed or deleted.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self.errors: list[str] = []
        self.changes: dict[str, int] = {}
        self.is_over = False
        self.has_failed_operations = False
        self._tell = tell
        self._done: Counter[str] = Counter()
        self._status = ""

    def __call__(self, event: "EngineEvent") -> None:
        """Take an event in."""
        if event.diagnostic_event is not None:
            said = event.diagnostic_event
            self._hear(said.message, said.severity, is_status=bool(said.ephemeral))
        elif event.res_outputs_event is not None:
            operation = _word(event.res_outputs_event.metadata.op)
            self._done[operation] += 1
            if operation not in _SAME:
                self._say()
        elif event.res_op_failed_event is not None:
            self.has_failed_operations = True
        elif event.summary_event is not None:
            self.is_over = True
            changes = event.summary_event.resource_changes or {}
            self.changes = {_word(op): count for op, count in changes.items()}

    def counted(self) -> dict[str, int]:
        """Changes, or what was done of them if the engine did not come to its end."""
        return self.changes or dict(self._done)

    def _hear(self, message: str, severity: str, *, is_status: bool) -> None:
        text = plain(message)
        if is_status:
            self._status = text.splitlines()[0] if text else ""
            self._say()
        elif severity == "error" and text and not text.startswith(_SUMMARIES):
            self.errors.append(text)

    def _say(self) -> None:
        made = sum(count for op, count in self._done.items() if op not in _SAME)
        told = [f"{made} resource{'s' if made > 1 else ''}"] if made else []
        self._tell(" · ".join([*told, *([self._status] if self._status else [])]))


def _word(operation: str) -> str:
    """The engine's word for an operation; some events have it as an enumeration's member."""
    return str(operation.value) if isinstance(operation, Enum) else operation


def plain(message: str) -> str:
    """A message of the engine without its mark-up, and without `error:`."""
    return _MARKUP.sub("", message).strip().removeprefix("error: ").strip()
