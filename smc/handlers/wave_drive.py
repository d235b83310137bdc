"""One drive of a wave's jobs: each round looks at all that are open and takes their next steps."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import asdict
from typing import Any

from smc.api import replication_jobs as jobs_api
from smc.api.source_servers import describe_source_servers
from smc.catalogue import JOB, explain
from smc.clients import Clients
from smc.clock import utc_text
from smc.errors import ApiError
from smc.handlers.start_turn import turn_to_start
from smc.handlers.stopping import CHANGED_MEANWHILE
from smc.handlers.transition import claim_transition_instances
from smc.models import JobRun, ReplicationJob
from smc.ownership import finished_run
from smc.side_by_side import AT_A_TIME, side_by_side
from smc.states import JobStatus
from smc.wave_plan import Progress, Step, WaveJob, next_step

SETTLED = frozenset({Step.DONE, Step.HOLD, Step.FAIL})
TIMES = ("queued", "phases")
"""Of a result, beside those that SMC tells: since when it was to be started and waited for the
quota, and activity of its job -> when a look saw it first. UTC texts."""

MOST_RUNS = 50
"""Of one job in a result, the latest: a synchronization of 90 days may have 2,160, and they would
all go into the state."""

LATER = "QuotaExceeded"
"""Begins the code of a refusal because too much runs: it is tried again in a later round."""


class Drive:
    """What one drive knows and does.

    Args:
        clients: of the destination side.
        stack: see `smc.ownership`.
        jobs: server name -> job, all with a job id.
        held: server name -> why its job must not start.
        quota: how many jobs of the account may run at a time.
        wait: whether a job that was started is waited for.
        earlier: results of the drives before, for their count of starts.

    Attributes:
        seen: server name -> its job as last seen.
        settled: servers whose jobs need nothing more.
        failures: server name -> reason.
        finished_before: servers whose job is gone after it finished.
    """

    def __init__(
        self,
        clients: Clients,
        stack: str,
        jobs: Mapping[str, WaveJob],
        held: Mapping[str, str],
        quota: int,
        wait: bool,
        earlier: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._clients = clients
        self._stack = stack
        self._jobs = jobs
        self._held = held
        self._quota = quota
        self._wait = wait
        self._earlier = {
            server: int(earlier[server].get("starts", 0))
            for server, job in jobs.items()
            if server in earlier and earlier[server].get("run") == job.run
        }
        self._times = {server: times_of(earlier[server]) for server in self._earlier}
        self._started: set[str] = set()
        self._cut_over: set[str] = set()
        self._claimed: set[str] = set()
        self.seen: dict[str, ReplicationJob] = {}
        self.settled: set[str] = set()
        self.failures: dict[str, str] = {}
        self.finished_before: set[str] = set()

    def starts(self, server: str) -> int:
        """How often a job was started, by this drive and those before."""
        return self._earlier.get(server, 0) + (server in self._started)

    def running(self) -> list[str]:
        """Servers whose job was started now or runs already."""
        seen = [s for s, job in self.seen.items() if job.status == JobStatus.RUNNING]
        return sorted(self._started | set(seen))

    def times(self, server: str) -> dict[str, Any]:
        """When a server was queued and what its job was first seen to do when; see `TIMES`."""
        return self._times.get(server, {})

    def round(self, *, may_start: bool) -> bool:
        """Look at every open job and take its next step; whether anything moved.

        Args:
            may_start: whether jobs may be started by now.
        """
        before = len(self.settled) + len(self._started) + len(self._cut_over)
        listed = self._look()
        now = utc_text(self._clients.utc_now())
        to_start = []
        for server in [s for s in self._jobs if s not in self.settled]:
            job = self._jobs[server]
            seen = self.seen[server] if server in listed else None
            step = next_step(job, seen, self._progress(server), now)
            if step is Step.START:
                to_start.append(server)
            elif seen is not None and step is Step.CUT_OVER:
                self._cut_over_job(server, seen.job_id)
            elif seen is not None and step is Step.STOP:
                self._stop(seen.job_id)
            elif step in SETTLED:
                self._settle(server, step, seen)
            elif not self._wait:
                self.settled.add(server)
        if may_start:
            self._start(to_start)
        return len(self.settled) + len(self._started) + len(self._cut_over) > before

    def _progress(self, server: str) -> Progress:
        return Progress(
            self.starts(server),
            server in self._started,
            server in self._cut_over,
            server in self.finished_before,
        )

    def _look(self) -> set[str]:
        """Read all open jobs; the servers whose job SMC lists."""
        pending = {j.job_id: s for s, j in self._jobs.items() if s not in self.settled}
        found = [
            job
            for job in jobs_api.describe_replication_jobs(self._clients, list(pending))
            if job.status != JobStatus.DELETING
        ]
        missing = set(pending.values()) - {pending[job.job_id] for job in found}
        self.finished_before |= finished_servers(
            self._clients, {server: self._jobs[server] for server in missing}
        )
        new = [job for job in found if job.transition_instance_id not in self._claimed | {""}]
        self._claimed |= claim_transition_instances(self._clients, self._stack, new)
        self.seen |= {pending[job.job_id]: job for job in found}
        for job in found:
            if job.status == JobStatus.RUNNING and job.business_status:
                phases = self._of(pending[job.job_id]).setdefault("phases", {})
                phases.setdefault(job.business_status, utc_text(self._clients.utc_now()))
        return {pending[job.job_id] for job in found}

    def _of(self, server: str) -> dict[str, Any]:
        return self._times.setdefault(server, {})

    def _settle(self, server: str, step: Step, seen: ReplicationJob | None) -> None:
        self.settled.add(server)
        if step is Step.FAIL:
            job = self._jobs[server]
            self.failures[server] = _reason(job, seen, self.starts(server))

    def _start(self, servers: Iterable[str]) -> None:
        """Start the longest first, as many as the account's quota has room for."""
        held = {server for server in servers if server in self._held}
        for server in held:
            self.settled.add(server)
            self.failures[server] = self._held[server]
        waiting = [server for server in servers if server not in held]
        if not waiting:
            return
        for server in waiting:
            self._of(server).setdefault("queued", utc_text(self._clients.utc_now()))
        waiting.sort(key=lambda server: -sum(self.seen[server].disk_sizes_gib))
        with turn_to_start(self._clients.connection, self._clients.clock) as still_used:
            room = self._quota - jobs_api.count_running_jobs(self._clients)
            allowed = waiting[: max(room, 0)]
            # The first by itself: if SMC's own quota is smaller than the settings say and used up,
            # that costs one call a round.
            some, allowed = allowed[:1], allowed[1:]
            while some and all(side_by_side(self._start_job, some)):
                still_used()
                some, allowed = allowed[:AT_A_TIME], allowed[AT_A_TIME:]

    def _start_job(self, server: str) -> bool:
        """Start a job; False if SMC has no room for it now."""
        self._started.add(server)
        try:
            jobs_api.start_replication_job(self._clients, self._jobs[server].job_id)
        except ApiError as error:
            if error.code == "ReplicationJob.InvalidStatus":
                # An answer that was lost: it runs already, as the next look shows.
                return True
            self._started.discard(server)
            if error.code.startswith(LATER):
                return False
            self.failures[server] = f"could not be started. {error}"
            self.settled.add(server)
        return True

    def _cut_over_job(self, server: str, job_id: str) -> None:
        self._cut_over.add(server)
        final_sync = self._jobs[server].cutover == "finalSync"
        try:
            jobs_api.cut_over_replication_job(self._clients, job_id, final_sync=final_sync)
        except ApiError as error:
            if error.code in CHANGED_MEANWHILE:
                # The next incremental run has begun, or the answer was lost: look again.
                self._cut_over.discard(server)
                return
            self.failures[server] = f"could not be cut over. {error}"
            self.settled.add(server)

    def _stop(self, job_id: str) -> None:
        try:
            jobs_api.stop_replication_job(self._clients, job_id)
        except ApiError as error:
            if error.code not in CHANGED_MEANWHILE:
                raise


def times_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a result says of `TIMES`."""
    return {key: copy(result[key]) for key in TIMES if key in result}


def finished_servers(clients: Clients, jobs: Mapping[str, WaveJob]) -> set[str]:
    """The servers whose run is finished by the mark on their source servers."""
    sources = describe_source_servers(clients, [job.source_id for job in jobs.values()])
    runs = {source.source_id: finished_run(source.tags) for source in sources}
    return {server for server, job in jobs.items() if runs.get(job.source_id, 0) >= job.run}


def result_of(
    job: WaveJob, seen: ReplicationJob | None, starts: int, missing: str = JobStatus.GONE
) -> dict[str, Any]:
    """What the outputs say of a server; `missing` is the status of one whose job SMC does not list.

    Of a run whose job is gone SMC tells nothing but that it is finished.
    """
    return {
        "job_id": job.job_id,
        "run": job.run,
        "status": seen.status if seen else str(missing),
        "region": seen.region if seen else "",
        "image_id": seen.image_id if seen else "",
        "instance_id": seen.instance_id if seen else "",
        "started": seen.start_time if seen else "",
        "ended": seen.end_time if seen else "",
        "runs": [asdict(run) for run in _latest(seen.runs)] if seen else [],
        "starts": starts,
    }


def _latest(runs: Iterable[JobRun]) -> list[JobRun]:
    return sorted(runs, key=lambda run: run.started)[-MOST_RUNS:]


def _reason(job: WaveJob, seen: ReplicationJob | None, starts: int) -> str:
    if seen is None:
        return (
            "its replication job is gone. Likely cause: it was deleted by hand."
            " Fix: `pulumi refresh`, then `pulumi up` creates it again."
        )
    if seen.status == JobStatus.EXPIRED:
        return (
            f"job {seen.job_id} expired before it finished and can never start again. Fix: raise"
            " the server's run by one, and validDays if it was too short."
        )
    code = seen.error.partition(":")[0]
    detail = f": {seen.error.rstrip('.')}" if seen.error else ""
    ending = (
        "`pulumi up` starts it again where it stopped."
        if starts < job.attempts
        else f"It was started {starts} times, which is all of its attempts: raise attempts to try"
        " again, or run to start over."
    )
    return (
        f"migration ended as {seen.status} at {seen.progress:.0f} % (job {seen.job_id}){detail}."
        f"{explain(JOB, code, text=detail)} Its transition instance stays and is billed until the"
        f" job is deleted. {ending}"
    )
