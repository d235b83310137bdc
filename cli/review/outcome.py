"""What a pipeline can gate on: the exit codes of `python -m cli review`."""

from collections.abc import Sequence
from enum import IntEnum

from cli.review.fleet import WaveReview
from cli.review.preview import Preview, Step

REFUSED = "error: RefusedError: "
"""Begins the message of a refused change; `providers/_adapter.py` puts it there."""

HARMLESS = frozenset({"CleanupGuard", "DrillRun", "ReplicationJob", "SmokeTestRun", "WaveRun"})
"""Resources that lose nothing by themselves when they are deleted or replaced: what a job loses is
in the verdict on its server."""


class Outcome(IntEnum):
    """How a review ended. 1 is for input that cannot be read, 2 for wrong options."""

    SAFE = 0
    """Nothing that exists is destroyed, or nothing changes at all."""

    DESTRUCTIVE = 10
    """Something is: a target's system, what was transferred, access, a registration."""

    REFUSED = 11
    """A change is refused; the comment says what to do instead."""

    FAILED = 12
    """The preview failed for another reason."""


def outcome_of(preview: Preview, waves: Sequence[WaveReview]) -> Outcome:
    """The exit code for a preview."""
    if preview.errors:
        refused = all(each.message.startswith(REFUSED) for each in preview.errors)
        return Outcome.REFUSED if refused else Outcome.FAILED
    destroyed = any(each.destroys for wave in waves for each in wave.verdicts)
    return Outcome.DESTRUCTIVE if destroyed or losses(preview) else Outcome.SAFE


def losses(preview: Preview) -> list[Step]:
    """Resources beside the servers' that are deleted or replaced."""
    gone = [step for step in preview.steps if step.op in {"delete", "replace"}]
    return [step for step in gone if step.is_thing and step.kind not in HARMLESS]
