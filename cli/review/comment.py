"""The review as one Markdown comment: what matters first, details folded, never too long."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cli.review.estimates import Estimates
from cli.review.fields import changed_fields, plan_hash
from cli.review.fleet import Fleet, WaveReview
from cli.review.markdown import code, fenced, folded, one_line, plain
from cli.review.outcome import Outcome, losses, outcome_of
from cli.review.permissions import PermissionChange, permission_changes
from cli.review.preview import Preview
from cli.review.rows import Detail, attention, wave_table
from cli.review.verdicts import NOT_IMPORTED, REFUSED

LONGEST_BYTES = 65_000
"""A comment on GitHub may have 65,536 characters; bytes are counted here, which are not fewer."""

TITLES = {
    Outcome.SAFE: "nothing is destroyed",
    Outcome.DESTRUCTIVE: "something is destroyed",
    Outcome.REFUSED: "refused",
    Outcome.FAILED: "the preview failed",
}
COUNTED = {
    "create": "to create",
    "update": "to update",
    "replace": "to replace",
    "delete": "to delete",
}
MOST_ERRORS, LONGEST_ERROR = 20, 1_500
MOST_PERMISSION_LINES = 150


@dataclass(frozen=True, slots=True)
class Review:
    """Everything that the comment tells.

    Attributes:
        preview: the preview.
        waves: its servers.
        unseen: reason -> servers that were not looked at.
        permissions: its changes of permissions.
        estimates: of time and cost; empty for none.
        outcome: how it ended.
    """

    preview: Preview
    waves: Sequence[WaveReview]
    unseen: Mapping[str, Sequence[str]]
    permissions: Sequence[PermissionChange]
    estimates: Estimates
    outcome: Outcome


def review(preview: Preview, estimates: Estimates) -> Review:
    """Look at a preview."""
    fleet = Fleet(preview)
    waves = fleet.waves()
    return Review(
        preview,
        waves,
        fleet.unseen(),
        permission_changes(preview),
        estimates,
        outcome_of(preview, waves),
    )


def comment(made: Review, longest_bytes: int = LONGEST_BYTES) -> str:
    """The comment, with as much detail as fits."""
    for detail in Detail:
        text = "\n\n".join(part for part in _parts(made, detail) if part) + "\n"
        if len(text.encode()) <= longest_bytes:
            break
    return text


def failed_comment(stack: str) -> str:
    """The comment where Pulumi wrote no preview at all."""
    says = "Pulumi ended before the preview began. Its reason is in the log of this job."
    return f"{marker(stack)}\n\n## Migration: {TITLES[Outcome.FAILED]}\n\n{says}\n"


def marker(stack: str) -> str:
    """Begins every comment on a stack, so that the next one replaces it."""
    return f"<!-- smc-migration-review: {re.sub('[^A-Za-z0-9._/-]+', '_', stack)} -->"


def _parts(made: Review, detail: Detail) -> Iterator[str]:
    preview = made.preview
    yield marker(preview.stack)
    yield f"## Migration {code(preview.stack)}: {TITLES[made.outcome]}"
    yield _summary(made)
    if _is_emulated(preview):
        yield "Made on the local emulator, not on Alibaba Cloud."
    yield _errors(made)
    yield attention(made.waves, losses(preview), made.unseen, _warnings(preview), detail)
    yield _permissions(made.permissions, detail)
    for wave in made.waves:
        yield wave_table(wave, made.estimates, detail)
    yield _all_fields(preview) if detail is Detail.FIELDS else ""
    if detail is not Detail.FIELDS:
        yield "Shortened to fit into a comment; `pulumi preview --diff` shows every field."


def _summary(made: Review) -> str:
    counts = Counter(step.op for step in made.preview.steps if step.changes)
    changes = [f"{counts[op]} {words}" for op, words in COUNTED.items() if counts[op]]
    if made.outcome is Outcome.FAILED:
        return ""
    verdicts = [each for wave in made.waves for each in wave.verdicts]
    kinds = Counter(each.words for each in verdicts if each.words in {REFUSED, NOT_IMPORTED})
    changing, billed = len(verdicts) - kinds.total(), sum(each.billed for each in verdicts)
    servers = ["1 server changes" if changing == 1 else f"{changing} servers change"]
    servers += [f"{billed} at a cost"] if billed else []
    parts = [", ".join([*servers, *(f"{count} {words}" for words, count in kinds.items())])]
    parts.append(f"resources: {', '.join(changes) or 'no changes'}")
    parts += [f"estimate: {plain(total)}"] if (total := made.estimates.summary()) else []
    return " · ".join([*parts, f"plan {code(plan_hash(made.preview)[:16])}"])


def _is_emulated(preview: Preview) -> bool:
    sides = (step.state.inputs.get("destination") for step in preview.steps)
    return any(isinstance(side, dict) and side.get("emulator") for side in sides)


def _errors(made: Review) -> str:
    """Why it failed; of refusals those that no server's verdict tells."""
    told = [each.reason for wave in made.waves for each in wave.verdicts if each.words == REFUSED]
    refused = made.outcome is Outcome.REFUSED and told
    errors = [] if refused else made.preview.errors
    shown = [
        fenced([one_line(line, LONGEST_ERROR) for line in each.message.splitlines() if line], "")
        for each in errors[:MOST_ERRORS]
    ]
    more = len(errors) - len(shown)
    return "\n\n".join([*shown, *([f"And {more} more."] if more > 0 else [])])


def _warnings(preview: Preview) -> list[str]:
    """Warnings of resources, and those of the import about single servers."""
    told = [d.message for d in preview.diagnostics if d.severity == "warning"]
    for step in preview.of_kind("SourceImport"):
        for line in preview.notes(step.urn):
            server, _, warning = line.partition("; warning: ")
            told += [f"{server.split(' ')[0]}: {warning}"] if warning else []
    return told


def _permissions(changes: Sequence[PermissionChange], detail: Detail) -> str:
    if not changes:
        return ""
    lines: list[str] = []
    for change in changes:
        lines.append(f"  {one_line(change.subject)}")
        lines += [f"- {one_line(line)}" for line in change.lost]
        lines += [f"+ {one_line(line)}" for line in change.gained]
    most = MOST_PERMISSION_LINES if detail is not Detail.SUMMARY else MOST_PERMISSION_LINES // 5
    more = len(lines) - most
    left_out = [f"  and {more} lines more"] if more > 0 else []
    return f"### Permissions\n\n{fenced([*lines[:most], *left_out], 'diff')}"


def _all_fields(preview: Preview) -> str:
    lines = []
    for step in sorted(preview.steps, key=lambda step: step.urn):
        if step.changes and step.is_thing:
            lines.append(f"  {step.op} {one_line(step.kind)} {one_line(step.name)}")
            lines += changed_fields(step)
    return folded("All changes, field by field", fenced(lines, "diff")) if lines else ""
