"""Which job and which source server are whose, and how far each server is: no call is made here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from smc.fleet_plan import FleetPlan, ServerPlan
from smc.fleet_status import Stage
from smc.models import ReplicationJob, SourceServer
from smc.ownership import REHEARSAL_TAG, RUN_TAG, SERVER_TAG, STACK_TAG, finished_run
from smc.states import JobStatus
from smc.wave_plan import Progress, Step, WaveJob, next_step

OF_NO_STACK = "jobs of no stack"
NOT_IN_SETTINGS = "not in the settings"

ENDS = {Step.DONE: Stage.DONE, Step.HOLD: Stage.HELD, Step.FAIL: Stage.FAILED}


@dataclass(frozen=True, slots=True)
class Match:
    """One server with what SMC has of it.

    Attributes:
        name: of the server.
        plan: what is to become of it; None if no settings say so.
        job: the job of the wanted run, or that of a rehearsal before it; None while there is none.
        source: its source server, if it is registered.
    """

    name: str
    plan: ServerPlan | None
    job: ReplicationJob | None
    source: SourceServer | None

    def stage(self, now: str) -> Stage:
        """How far it is.

        Args:
            now: UTC time of the service.
        """
        job = self.job
        if job is None:
            done = self.plan and self.source and self._is_finished(self.plan, self.source)
            return Stage.DONE if done else Stage.PENDING
        if job.status == JobStatus.RUNNING:
            return Stage.RUNNING
        if job.status == JobStatus.DELETING or self.is_rehearsal:
            return Stage.PENDING
        if job.status == JobStatus.IN_ERROR:
            return Stage.FAILED
        wanted = self._wanted(job)
        if job.status == JobStatus.READY and wanted.start_at and not wanted.paused:
            return Stage.PENDING
        return ENDS.get(next_step(wanted, job, Progress(), now), Stage.PENDING)

    @property
    def is_rehearsal(self) -> bool:
        """Whether the job is one that a drill takes back."""
        return self.job is not None and REHEARSAL_TAG in self.job.tags

    def _wanted(self, job: ReplicationJob) -> WaveJob:
        if self.plan is not None:
            return self.plan.job
        # Nobody says that it is to be started; SMC itself starts one that is scheduled.
        start_at = str(job.declared.get("start_at", ""))
        return WaveJob(job_id=job.job_id, source_id=job.source_id, start=False, start_at=start_at)

    @staticmethod
    def _is_finished(plan: ServerPlan, source: SourceServer) -> bool:
        return finished_run(source.tags) >= plan.job.run


Matches = Mapping[str, Sequence[Match]]
"""Wave -> its servers."""


def of_stack(
    plan: FleetPlan, jobs: Iterable[ReplicationJob], sources: Iterable[SourceServer]
) -> Matches:
    """The servers of a stack by wave, and its jobs that no server of the settings explains."""
    ours = [job for job in jobs if job.tags.get(STACK_TAG) == plan.stack]
    by_run = {(j.tags.get(SERVER_TAG), j.tags.get(RUN_TAG)): j for j in ours if not _rehearses(j)}
    rehearsals = {job.source_id: job for job in ours if _rehearses(job)}
    by_id = {source.source_id: source for source in sources}
    by_server = {
        source.tags.get(SERVER_TAG): source
        for source in by_id.values()
        if source.tags.get(STACK_TAG) == plan.stack
    }
    waves: dict[str, list[Match]] = {wave: [] for wave in plan.waves}
    explained: set[str] = set()
    for name, server in plan.servers.items():
        source = by_id.get(server.job.source_id) or by_server.get(name)
        rehearsal = rehearsals.get(source.source_id) if source else None
        job = by_run.get((name, str(server.job.run))) or rehearsal
        waves[server.wave].append(Match(name, server, job, source))
        explained |= {rehearsal.job_id} if rehearsal else set()
    explained |= {job.job_id for (name, _), job in by_run.items() if name in plan.servers}
    others = [
        Match(job.name, None, job, by_id.get(job.source_id))
        for job in ours
        if job.job_id not in explained
    ]
    return {w: m for w, m in waves.items() if m} | ({NOT_IN_SETTINGS: others} if others else {})


def of_account(jobs: Iterable[ReplicationJob], sources: Iterable[SourceServer]) -> Matches:
    """All jobs of an account by stack."""
    by_id = {source.source_id: source for source in sources}
    found: dict[str, list[Match]] = {}
    for job in sorted(jobs, key=lambda job: (job.tags.get(STACK_TAG, "~"), job.name)):
        stack = job.tags.get(STACK_TAG, OF_NO_STACK)
        name = job.tags.get(SERVER_TAG) or job.name
        found.setdefault(stack, []).append(Match(name, None, job, by_id.get(job.source_id)))
    return found


def _rehearses(job: ReplicationJob) -> bool:
    return REHEARSAL_TAG in job.tags
