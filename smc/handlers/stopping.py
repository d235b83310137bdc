"""Stopping of running jobs, together.

SMC stops a job only while it is Running and Syncing; before and after that it has to be waited for.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from smc.api import replication_jobs as jobs_api
from smc.clients import Clients
from smc.errors import ApiError, WaitError
from smc.handlers.context import Context
from smc.models import ReplicationJob
from smc.side_by_side import side_by_side
from smc.states import BusinessStatus, JobStatus
from smc.waiters import JOB_NOT_RUNNING, Pace, Verdict, wait_for

CHANGED_MEANWHILE = frozenset(
    {"ReplicationJob.InvalidStatus", "ReplicationJob.InvalidBusinessStatus"}
)
"""The job moved on between the look at it and the call: look again."""


def stop_jobs(
    clients: Clients, jobs: Mapping[str, str], pace: Pace, context: Context
) -> list[ReplicationJob]:
    """Stop those of the jobs that run, and return when none of them does.

    Args:
        clients: of the destination side.
        jobs: job id -> server name, for messages.
        pace: how often and how long.
        context: time and progress.

    Returns:
        Those that are there and not being deleted, as they are now.

    Raises:
        WaitError: a job would not stop in time.
    """
    seen: dict[str, ReplicationJob] = {}

    def observe(pending: Sequence[str]) -> dict[str, str]:
        statuses = dict.fromkeys(pending, str(JobStatus.GONE))
        for job_id in pending:
            seen.pop(job_id, None)
        for job in jobs_api.describe_replication_jobs(clients, pending):
            # A job being deleted does not run any more.
            if job.status != JobStatus.DELETING:
                seen[job.job_id] = job
                statuses[job.job_id] = job.status
        syncing = [
            job.job_id
            for job in seen.values()
            if job.status == JobStatus.RUNNING and job.business_status == BusinessStatus.SYNCING
        ]
        side_by_side(partial(_stop, clients), syncing)
        running = [jobs[j] for j, status in statuses.items() if status == JobStatus.RUNNING]
        if running:
            context.progress(f"stopping {', '.join(sorted(running)[:5])}")
        return statuses

    verdicts = wait_for(list(jobs), JOB_NOT_RUNNING, observe, pace, context.clock)
    late = sorted(jobs[j] for j, verdict in verdicts.items() if verdict is Verdict.PENDING)
    if late:
        raise WaitError(
            f"still running after {pace.deadline_seconds / 60:.0f} minutes: {', '.join(late)}."
            " SMC stops a job only while it transfers data. Fix: run the command again later."
        )
    return list(seen.values())


def _stop(clients: Clients, job_id: str) -> None:
    try:
        jobs_api.stop_replication_job(clients, job_id)
    except ApiError as error:
        if error.code not in CHANGED_MEANWHILE:
            raise
