"""What the screen, the plain lines and the report say in the same words."""

from collections.abc import Sequence

from smc.estimate.duration import in_words
from smc.fleet_status import FleetStatus, ServerStatus, Stage, Trouble
from smc.states import JobStatus

NAMED = 3
"""How many servers with the same trouble are named."""


def state(server: ServerStatus) -> str:
    """What a server does, in a word or two: `Syncing`, `Finished`, `not imported`."""
    if server.status == JobStatus.NOT_CREATED:
        return "no job yet" if server.source_id else "not imported"
    doing = server.activity or server.status
    return f"rehearsal: {doing}" if server.rehearsal else doing


def speed(bytes_per_second: float | None) -> str:
    """`44.1 MB/s`; empty if it is not known."""
    if bytes_per_second is None:
        return ""
    megabytes = bytes_per_second / 1e6
    return f"{megabytes / 1e3:.1f} GB/s" if megabytes >= 1e3 else f"{megabytes:.1f} MB/s"


def left(seconds: float | None) -> str:
    """`31 min left`; empty if it is not known."""
    return "" if seconds is None else f"{in_words(seconds)} left"


def pace(status: FleetStatus) -> str:
    """Where all servers are, how fast they move and how long it takes yet, in one line."""
    remaining = left(status.seconds_left)
    parts = [
        status.counts.words(),
        speed(status.bytes_per_second),
        f"about {remaining}" if remaining else "",
    ]
    return " · ".join(part for part in parts if part)


def use(status: FleetStatus) -> str:
    """What is in use of the account, and what it has cost, in one line."""
    quota = f"{status.quota.running} of {status.quota.limit} running jobs in use"
    spent = cost(status.cost, status.currency)
    return f"{quota} · {spent} so far" if spent else quota


def cost(amount: float | None, currency: str) -> str:
    """`12.80 CNY`; empty without prices."""
    return "" if amount is None else f"{amount:,.2f} {currency}"


def trouble(told: Trouble, servers: Sequence[str]) -> str:
    """A trouble and whose it is: `db-1, web-2, web-3 and 10 more: S1: Rsync not found. …`."""
    named = ", ".join(servers[:NAMED])
    more = f" and {len(servers) - NAMED} more" if len(servers) > NAMED else ""
    return f"{named}{more}: {told}"


def detail(server: ServerStatus) -> str:
    """What is in its way, when it is to start, or what it becomes."""
    if server.trouble:
        return server.trouble.code or server.trouble.says
    if server.stage is Stage.PENDING and server.starts_at:
        return f"starts at {server.starts_at}"
    became = server.image_id or server.instance_id
    if server.stage is Stage.DONE and became and became != server.target:
        return f"{server.target} ({became})"
    return server.target
