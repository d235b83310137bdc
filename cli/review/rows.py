"""The parts of a comment that grow with the fleet: what to look at first, and a table a wave."""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum

from cli.review.estimates import Estimates
from cli.review.fleet import WaveReview
from cli.review.markdown import code, code_in_cell, plain
from cli.review.preview import Step
from cli.review.verdicts import NOT_IMPORTED, REFUSED, ServerVerdict


class Detail(IntEnum):
    """How much is told, from all to what always fits."""

    FIELDS = 0
    """Everything, with every changed field."""

    REASONS = 1
    """A row a server, with reason, time and cost."""

    TARGETS = 2
    """A row a server, with verdict and target."""

    VERDICTS = 3
    """A row a server, with its verdict alone."""

    GROUPS = 4
    """A row a verdict, with its servers."""

    SUMMARY = 5
    """A row a verdict, with the number of its servers."""


MOST_ITEMS = {Detail.FIELDS: 200, Detail.REASONS: 100, Detail.TARGETS: 50, Detail.VERDICTS: 50}
FEWEST_ITEMS = 10
MOST_NAMED = 20
FEWEST_NAMED = 5
MOST_WAVES_GROUPS = 20
LONGEST_NAME = 40


def attention(
    waves: Sequence[WaveReview],
    losses: Sequence[Step],
    unseen: Mapping[str, Sequence[str]],
    warnings: Sequence[str],
    detail: Detail,
) -> str:
    """What to look at first: what is destroyed, what is billed, what will not work."""
    verdicts = [each for wave in waves for each in wave.verdicts]
    destroyed = [
        f"**Destroyed:** {code(each.server)}: {plain(each.destroys)}"
        for each in verdicts
        if each.destroys
    ]
    destroyed += [
        f"**{'Deleted' if step.op == 'delete' else 'Replaced'}:** {code(step.name)}"
        f" ({plain(step.kind)})"
        for step in losses
    ]
    billed = [each.server for each in verdicts if each.billed]
    items = _at_most(_listed("Refused", verdicts, REFUSED), detail)
    items += _at_most(destroyed, detail)
    if billed:
        named = _names(billed, MOST_NAMED)
        items.append(f"**Billed** until it ends, what SMC makes in ECS for {named}")
    items += _at_most(_listed("Not imported", verdicts, NOT_IMPORTED), detail)
    items += [
        f"**Not looked at:** {_names(servers, MOST_NAMED)}: {plain(reason)}"
        for reason, servers in list(unseen.items())[:FEWEST_ITEMS]
    ]
    items += _at_most([f"**Warning:** {plain(each)}" for each in warnings], detail)
    return "\n".join(["### Look at this first\n", *(f"- {i}" for i in items)]) if items else ""


def _listed(title: str, verdicts: Sequence[ServerVerdict], words: str) -> list[str]:
    return [
        f"**{title}:** {code(each.server)}: {plain(each.reason)}"
        for each in verdicts
        if each.words == words
    ]


def wave_table(wave: WaveReview, estimates: Estimates, detail: Detail) -> str:
    """The servers of a wave."""
    after = f", after {', '.join(code(name) for name in wave.after)}" if wave.after else ""
    title = f"### Wave {code(wave.name)}{after}"
    rows = _groups(wave, detail) if detail >= Detail.GROUPS else _rows(wave, estimates, detail)
    return "\n".join([f"{title}\n", *rows])


def _rows(wave: WaveReview, estimates: Estimates, detail: Detail) -> list[str]:
    # Destructive ones first, then those that are billed.
    ordered = sorted(wave.verdicts, key=lambda v: (not v.destroys, not v.billed, v.server))
    head = ["server", "verdict", "target", "takes", "costs", "why"]
    cells = [
        [
            code_in_cell(v.server),
            _marked(v),
            code_in_cell(v.target),
            plain(estimates.takes(v.server)),
            plain(estimates.costs(v.server)),
            plain(v.reason) if v.words not in {NOT_IMPORTED, REFUSED} else "see above",
        ]
        for v in ordered
    ]
    widest = {Detail.TARGETS: 3, Detail.VERDICTS: 2}.get(detail, len(head))
    used = [i for i in range(widest) if i < 2 or any(row[i] for row in cells)]
    return _table([head[i] for i in used], [[row[i] for i in used] for row in cells])


def _groups(wave: WaveReview, detail: Detail) -> list[str]:
    groups: dict[tuple[bool, str], list[str]] = {}
    for each in wave.verdicts:
        groups.setdefault((not each.destroys, _marked(each)), []).append(each.server)
    most = FEWEST_NAMED if detail is Detail.SUMMARY else len(wave.verdicts)
    cells = [[words, _names(names, most)] for (_, words), names in sorted(groups.items())]
    return _table(["verdict", "servers"], cells[:MOST_WAVES_GROUPS])


def _marked(verdict: ServerVerdict) -> str:
    words = plain(verdict.words)
    return f"**{words}**" if verdict.destroys else words


def _names(names: Sequence[str], most: int) -> str:
    shown = ", ".join(code_in_cell(name, LONGEST_NAME) for name in names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown


def _at_most(items: Sequence[str], detail: Detail) -> list[str]:
    most = MOST_ITEMS.get(detail, FEWEST_ITEMS)
    more = len(items) - most
    return [*items[:most], *([f"and {more} more of these"] if more > 0 else [])]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]
