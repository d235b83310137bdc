"""One look after another at a stack's servers, or at all jobs of an account. Changes nothing.

A look lists the account's jobs: a Describe call for every 50, which also tells how much of the
running quota is in use. Source servers change seldom: they are listed once a minute at most.

Calls: smc:DescribeReplicationJobs, smc:DescribeSourceServers.
Source: the seed's step 3 ("view the migration result").
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from smc.api.replication_jobs import describe_replication_jobs
from smc.catalogue import JOB, diagnosis, find
from smc.clients import Clients
from smc.clock import utc_text
from smc.estimate.cost import cost_of
from smc.estimate.move import Move
from smc.fleet_match import Match, of_account, of_stack
from smc.fleet_plan import FleetPlan, ServerPlan
from smc.fleet_status import FleetStatus, Quota, ServerStatus, Stage, Trouble, WaveStatus
from smc.handlers.context import Context
from smc.handlers.listings import account_sources
from smc.models import ReplicationJob, SourceServer
from smc.speed import Meter, average_speed
from smc.states import JobStatus, SourceState

DEFAULT_RUNNING_QUOTA = 50
"""SMC's own (documentation, "Limits")."""

HOUR_SECONDS = 3600

OFFLINE = "SourceServer.Offline"


class FleetLook:
    """Looks at one account, and remembers what it needs to tell speeds.

    Args:
        clients: of the account.
        plan: of the stack; None for all jobs of the account.
    """

    def __init__(self, clients: Clients, plan: FleetPlan | None) -> None:
        self._clients = clients
        self._plan = plan
        self._meter = Meter(clients.utc_now)
        self._sources = account_sources(Context(clients.clock), clients)

    def look(self) -> FleetStatus:
        """How it stands now.

        Raises:
            ApiError: SMC refuses or does not answer.
        """
        sources = self._sources.all()
        # After the sources, so that the time of the look is that of the jobs.
        jobs = describe_replication_jobs(self._clients)
        plan = self._plan
        matches = of_stack(plan, jobs, sources) if plan else of_account(jobs, sources)
        waves: list[WaveStatus] = []
        failed: set[str] = set()
        for wave, members in matches.items():
            holding = failed & plan.held_by.get(wave, frozenset()) if plan else set()
            seen = WaveStatus(wave=wave, servers=tuple(self._server(m, holding) for m in members))
            failed |= {wave} if seen.counts.failed else set()
            waves.append(seen)
        connection = self._clients.connection
        return FleetStatus(
            at=utc_text(self._clients.utc_now()),
            stack=plan.stack if plan else "",
            account=connection.account,
            emulated=connection.emulator is not None,
            quota=Quota(
                running=sum(job.status == JobStatus.RUNNING for job in jobs),
                limit=plan.running_quota if plan else DEFAULT_RUNNING_QUOTA,
            ),
            currency=plan.prices.currency if plan and plan.prices else "",
            waves=tuple(waves),
        )

    def _server(self, match: Match, holding: Collection[str]) -> ServerStatus:
        stage = match.stage(utc_text(self._clients.utc_now()))
        trouble = _trouble(match.job, match.source, stage)
        if stage is Stage.PENDING and holding:
            stage, trouble = Stage.HELD, trouble or _held(holding)
        plan, source = match.plan, match.source
        done = stage is Stage.DONE
        without_job = ServerStatus(
            server=match.name,
            stage=stage,
            status=JobStatus.FINISHED if done else JobStatus.NOT_CREATED,
            progress_percent=100.0 if done else 0.0,
            disk_gib=sum(source.disk_sizes_gib) if source else 0,
            run=plan.job.run if plan else 1,
            source_id=source.source_id if source else "",
            region=plan.region if plan else "",
            target=_target(match),
            starts_at=plan.starts_at if plan else "",
            trouble=trouble,
        )
        if match.job is None:
            return without_job
        return without_job.model_copy(update=self._of_job(match.job, match))

    def _of_job(self, job: ReplicationJob, match: Match) -> dict[str, Any]:
        speed = self._meter.speed(job.job_id, job)
        speed = speed or average_speed(job, self._clients.utc_now())
        return {
            "status": job.status,
            "activity": job.business_status if job.status == JobStatus.RUNNING else "",
            "rehearsal": match.is_rehearsal,
            "progress_percent": job.progress,
            "disk_gib": sum(job.disk_sizes_gib),
            "bytes_per_second": round(speed.bytes_per_second) if speed else None,
            "seconds_left": round(speed.seconds_left) if speed else None,
            "job_id": job.job_id,
            "source_id": job.source_id,
            "region": job.region,
            "image_id": job.image_id,
            "instance_id": job.instance_id,
            "started": job.start_time,
            "ended": job.end_time,
            "cost": self._cost(job, match.plan),
        }

    def _cost(self, job: ReplicationJob, plan: ServerPlan | None) -> float | None:
        """Of the transition instance and its disks, which stay until the job is over."""
        if self._plan is None or self._plan.prices is None or plan is None:
            return None
        # That of a job in error stays, and is billed, until the job is deleted.
        over = job.status == JobStatus.FINISHED and job.end_time
        try:
            now = self._clients.utc_now()
            ended = datetime.fromisoformat(job.end_time) if over else now
            started = datetime.fromisoformat(job.start_time) if job.start_time else ended
            hours = (ended - started).total_seconds() / HOUR_SECONDS
        except (TypeError, ValueError):
            # A time that cannot be read, or one without its zone.
            return None
        billed = Move(target=plan.kind, disks_gib=sum(job.disk_sizes_gib), public=False)
        cost = cost_of(billed, hours, times=1, images=0, prices=self._plan.prices)
        return round(cost.once, 4)


def _target(match: Match) -> str:
    if match.plan is not None:
        return match.plan.target
    return match.job.image_name or match.job.instance_id if match.job else ""


def _trouble(
    job: ReplicationJob | None, source: SourceServer | None, stage: Stage
) -> Trouble | None:
    if job is not None and job.error:
        code, _, says = job.error.partition(": ")
        return _explained(code, says)
    if job is not None and job.status == JobStatus.EXPIRED:
        return Trouble(
            code="",
            says=f"job {job.job_id} expired before it finished and can never start again",
            fix="raise the server's run by one, and validDays if it was too short",
        )
    if source is None or stage is Stage.DONE or source.state != SourceState.UNAVAILABLE:
        return None
    code, _, says = source.error.partition(": ")
    return _explained(code or OFFLINE, says or "the source server is offline")


def _explained(code: str, says: str) -> Trouble:
    entry = find(JOB, code, says)
    if entry is None:
        return Trouble(code=code, says=says, more=diagnosis(JOB, code))
    return Trouble(code=code, says=says, cause=entry.cause, fix=entry.fix)


def _held(waves: Collection[str]) -> Trouble:
    names = ", ".join(sorted(waves))
    return Trouble(
        code="",
        says=f"not started, for servers of wave {names} are not migrated and its onFailure is hold",
        fix="get those migrated, or set onFailure: continue",
    )
