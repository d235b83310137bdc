"""What a wave announces while it is driven: its start, each failure once, its end."""

from collections.abc import Mapping
from typing import Any

from smc.clients import Clients
from smc.notifications.courier import Courier
from smc.notifications.events import Teller
from smc.ownership import digest
from smc.states import JobStatus
from smc.wave_plan import WaveJob

DONE = frozenset({JobStatus.FINISHED, JobStatus.WAITING})
"""Statuses in which a migration, or one run of a synchronization, has succeeded."""


class WaveAnnouncer:
    """Announces one drive of a wave.

    Args:
        courier: takes the events.
        clients: of the destination, whose clock tells when something happens.
        stack: see `smc.ownership`.
        wave: name of the wave.
        jobs: server name -> job.
        previous: outputs of the drive before. An update that was killed recorded none, so the next
            one has the same, and makes the same event ids.
    """

    def __init__(
        self,
        courier: Courier,
        clients: Clients,
        stack: str,
        wave: str,
        jobs: Mapping[str, WaveJob],
        previous: Mapping[str, Any],
    ) -> None:
        self._courier = courier
        self._clients = clients
        self._teller = Teller(stack, emulated=clients.connection.emulator is not None)
        self._wave = wave
        self._jobs = jobs
        runs = {server: (job.job_id, job.run) for server, job in jobs.items()}
        self._drive = digest(runs, {key: previous.get(key) for key in ("results", "failures")})
        self._earlier = previous.get("results") or {}
        self._started = False
        self._failed: set[str] = set()

    def look(self, running: list[str], failures: Mapping[str, str]) -> None:
        """Announce what is new since the look before.

        Args:
            running: servers whose jobs run or were started.
            failures: server -> why it failed.
        """
        now = self._clients.utc_now
        if running and not self._started:
            self._started = True
            servers = sorted(self._jobs)
            self._courier.send(self._teller.started(self._wave, servers, self._drive, now()))
        for server, reason in failures.items():
            if server not in self._failed:
                self._failed.add(server)
                job = self._jobs.get(server)
                job_id = job.job_id if job else ""
                self._courier.send(self._teller.failed(self._wave, server, job_id, reason, now()))

    def ended(self, outputs: Mapping[str, Any]) -> None:
        """Announce the end, and what only the end made known.

        A killed update may have seen the migrations end: the next one finds them ended, and tells
        of their start, too.
        """
        done = [
            server
            for server, result in outputs["results"].items()
            if result["status"] in DONE and not self._was_so(server, result)
        ]
        self.look(done, outputs["failures"])
        if self._started or outputs["failures"]:
            event = self._teller.ended(
                self._wave,
                outputs["results"],
                outputs["failures"],
                self._drive,
                self._clients.utc_now(),
            )
            self._courier.send(event)

    def _was_so(self, server: str, result: Mapping[str, Any]) -> bool:
        before = self._earlier.get(server, {})
        return all(before.get(key) == result[key] for key in ("job_id", "run", "status"))
