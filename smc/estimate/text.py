"""An estimate as plain lines, the same in a preview and on the command line."""

from collections.abc import Iterator, Sequence

from smc.estimate.cost import Cost
from smc.estimate.duration import in_words
from smc.estimate.fleet import Estimate, ServerEstimate

NO_PRICES = "no prices are configured, so there is no cost (see `prices`)"
HEADER = ("server", "wave", "verdict", "to move", "at", "takes", "begins", "ends", "cost")
BASES = {
    "bandwidthLimit": "bandwidthLimit is taken for Mbit/s here; its unit is not documented",
    "documented": "100 Mbit/s is what SMC documents for a transition instance",
    "rehearsal": "speed and time are those of the rehearsal",
}


ESTIMATED = "(estimate)"
"""Ends a line on a server's own row; a review tells such a line from others by it."""


def lines(estimate: Estimate, longest: int | None = None) -> Iterator[str]:
    """The estimate for people.

    Args:
        estimate: what to tell.
        longest: how many servers are listed at most; None for all.
    """
    shown = estimate.servers[:longest]
    if estimate.servers:
        yield f"estimate, nothing measured: {_whole(estimate)}"
        rows = [HEADER, *(_row(each, estimate.currency) for each in shown)]
        if not estimate.currency:
            rows = [row[:-1] for row in rows]
        yield from _aligned(rows)
    elif estimate.left_out:
        yield "nothing is left to migrate now"
    told = [f"  {n}: {each}" for n, each in estimate.left_out.items()]
    yield from told[:longest]
    more = len(estimate.servers) - len(shown) + len(told) - len(told[:longest])
    if more:
        yield f"  and {more} more: `python -m cli estimate`"
    bases = {each.subject.speed.basis for each in estimate.servers}
    yield from (f"  {BASES[basis]}" for basis in sorted(bases & BASES.keys()))
    if any(each.subject.move.volume_of == "disks" for each in estimate.servers):
        yield "  `disks` are whole ones: how much of them is used, a drill tells"
    if estimate.cost:
        yield from _unpriced(estimate.cost)


def row_line(each: ServerEstimate, currency: str) -> str:
    """One server's, for its own row: `web-1: create: 40 GiB of disks in about 77 min, …`."""
    subject = each.subject
    moved = f"{subject.move.volume_gib:.0f} GiB of {subject.move.volume_of}"
    seconds = subject.left_seconds if subject.migrated else subject.whole_seconds
    then = "" if subject.verdict != "create" else " and start" if subject.migrated else ""
    cost = f", {cost_in_words(each.cost, currency)}" if each.cost else ""
    at = f"{subject.speed.mbit_per_second:g} Mbit/s"
    return (
        f"{subject.server}: {subject.verdict}{then}: {moved} in about {in_words(seconds)} at {at}"
        f"{cost} {ESTIMATED}"
    )


def cost_in_words(cost: Cost, currency: str) -> str:
    """`1.20 CNY`, with the images' price a month if they have one."""
    monthly = f", then {cost.images_month:.2f} a month for images" if cost.images_month else ""
    return f"{cost.once:.2f} {currency}{monthly}"


def _whole(estimate: Estimate) -> str:
    count = len(estimate.servers)
    servers = "1 server" if count == 1 else f"{count} servers"
    cost = cost_in_words(estimate.cost, estimate.currency) if estimate.cost else NO_PRICES
    at_a_time = f"at most {estimate.quota} at a time"
    return f"{servers} in about {in_words(estimate.seconds)}, {at_a_time}; {cost}"


def _row(each: ServerEstimate, currency: str) -> tuple[str, ...]:
    subject, slot = each.subject, each.slot
    taken = in_words(subject.left_seconds if subject.migrated else subject.whole_seconds)
    if subject.rehearsed:
        taken += " and a rehearsal" if subject.migrated else " (rehearsal only)"
    return (
        subject.server,
        subject.wave,
        subject.verdict,
        f"{subject.move.volume_gib:.0f} GiB of {subject.move.volume_of}",
        f"{subject.speed.mbit_per_second:g} Mbit/s",
        taken,
        f"in {in_words(slot.begins)}" if slot.begins else "at once",
        f"in {in_words(slot.ends)}",
        f"{each.cost.once:.2f} {currency}" if each.cost else "",
    )


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  " + "  ".join(cells).rstrip()


def _unpriced(cost: Cost) -> Iterator[str]:
    if cost.traffic is None:
        yield "  public traffic is not in the cost: prices.publicTrafficGib is missing"
    elif cost.traffic:
        yield "  public traffic is counted uncompressed, so it is at most that"
    if cost.images_month is None:
        yield "  images are not in the cost: prices.snapshotGibMonth is missing"
