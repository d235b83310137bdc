"""The jobs of rehearsals while they run: started within the quota, followed, and measured."""

from collections.abc import Mapping

from smc.drill.figures import Measured
from smc.estimate.actual import run_seconds, transfer_seconds
from smc.handlers.context import Context
from smc.handlers.wave_drive import Drive
from smc.job_fields import ReplicationJobInputs
from smc.speed import Meter
from smc.waiters import rounds
from smc.wave_plan import WaveJob


class RehearsalWatch:
    """Starts the jobs of rehearsals and looks at them until they have ended.

    Args:
        rehearsed: server name -> the job that is rehearsed; at least one.
        job_ids: server name -> the rehearsal's own job.
        quota: how many jobs of the account may run at a time.
        context: time and progress.
    """

    def __init__(
        self,
        rehearsed: Mapping[str, ReplicationJobInputs],
        job_ids: Mapping[str, str],
        quota: int,
        context: Context,
    ) -> None:
        any_one = next(iter(rehearsed.values()))
        self._clients = context.clients(any_one.destination)
        self._pace = any_one.pace
        self._context = context
        jobs = {
            server: WaveJob(job_id=job_id, source_id=rehearsed[server].source_id, run=0, attempts=1)
            for server, job_id in job_ids.items()
        }
        self._drive = Drive(self._clients, any_one.stack, jobs, {}, quota, wait=True, earlier={})
        self._count = len(jobs)

    def until_all_have_ended(self) -> None:
        """Return when every job has ended, or the deadline has passed."""
        meter = Meter(self._clients.utc_now)
        for changed in rounds(self._pace, self._context.clock):
            if self._drive.round(may_start=True):
                changed()
            settled = len(self._drive.settled)
            summary = meter.summary(self._drive.seen, settled, self._count)
            self._context.progress(f"rehearsal: {summary}")
            if settled == self._count:
                return

    def failure(self, server: str) -> str:
        """Why the job of a server is no success; empty if it is."""
        if server not in self._drive.settled:
            return f"it has not ended after {self._pace.deadline_seconds / 3600:.0f} hours"
        return self._drive.failures.get(server, "")

    def measured(self, server: str) -> Measured:
        """What it took."""
        seen = self._drive.seen.get(server)
        if seen is None:
            return Measured()
        phases = self._drive.times(server).get("phases", {})
        return Measured(run_seconds(seen), transfer_seconds(seen, phases))
