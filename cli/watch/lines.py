"""The same as the screen in plain lines, for logs: what changed, and now and then how it stands."""

from collections.abc import Iterator

from cli.watch import words
from smc.fleet_status import FleetStatus, ServerStatus, Stage

SUMMARY_SECONDS = 60.0
"""Between two lines that say how it stands while only progress changes."""


class PlainLines:
    """Tells what is new since the look before."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}
        self._summed_up_at: float | None = None

    def tell(self, status: FleetStatus, now: float) -> Iterator[str]:
        """The lines for one more look.

        Args:
            status: the look.
            now: seconds of a monotonic clock.
        """
        first = self._summed_up_at is None
        changed = False
        for server in status.members():
            said = _said(server)
            if self._told.get(server.server) != said:
                self._told[server.server] = said
                changed = True
                # A thousand servers that are where they were begin with their sum.
                if not first or server.stage in {Stage.RUNNING, Stage.FAILED}:
                    yield f"{status.at}  {server.server}: {said}"
        due = self._summed_up_at is None or now - self._summed_up_at >= SUMMARY_SECONDS
        if changed or due:
            self._summed_up_at = now
            yield _sum(status)


def _sum(status: FleetStatus) -> str:
    percent = f"{status.progress_percent:.0f} %"
    return f"{status.at}  {percent}: {words.pace(status)} · {words.use(status)}"


def _said(server: ServerStatus) -> str:
    said = words.state(server)
    if server.stage is Stage.FAILED:
        said += f" at {server.progress_percent:.0f} %"
    elif server.stage is Stage.DONE:
        said += f", {words.detail(server)}"
    elif server.stage is Stage.HELD:
        said += ", held"
    return said + (f". {server.trouble}" if server.trouble else "")


def everything(status: FleetStatus) -> Iterator[str]:
    """Every server in a line, and the sum of it all."""
    yield _sum(status)
    for wave in status.waves:
        yield f"{wave.wave}: {wave.counts.words()}"
        for server in wave.servers:
            yield f"  {server.server}: {_said(server)}"
