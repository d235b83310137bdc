"""Stopping of running jobs, together.

SMC stops a job only while it is Running and Syncing; before and after that it has to be waited for.
"""

from collections.abc import Mapping, Sequence

from smc.api import replication_jobs as jobs_api
from smc.clients import Clients
from smc.errors import ApiError, WaitError
from smc.handlers.context import Context
from smc.states import BusinessStatus, JobStatus
from smc.waiters import JOB_NOT_RUNNING, Pace, Verdict, wait_for

CHANGED_MEANWHILE = frozenset(
    {"ReplicationJob.InvalidStatus", "ReplicationJob.InvalidBusinessStatus"}
)
"""The job moved on between the look at it and the call: look again."""


def stop_jobs(clients: Clients, jobs: Mapping[str, str], pace: Pace, context: Context) -> None:
    """Stop those of the jobs that run, and return when none of them does.

    Args:
        clients: of the destination side.
        jobs: job id -> server name, for messages.
        pace: how often and how long.
        context: time and progress.

    Raises:
        WaitError: a job would not stop in time.
    """

    def observe(pending: Sequence[str]) -> dict[str, str]:
        statuses = dict.fromkeys(pending, str(JobStatus.GONE))
        for job in jobs_api.describe_replication_jobs(clients, pending):
            # A job being deleted does not run any more.
            deleting = job.status == JobStatus.DELETING
            statuses[job.job_id] = JobStatus.GONE if deleting else job.status
            if job.status == JobStatus.RUNNING and job.business_status == BusinessStatus.SYNCING:
                _stop(clients, job.job_id)
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


def _stop(clients: Clients, job_id: str) -> None:
    try:
        jobs_api.stop_replication_job(clients, job_id)
    except ApiError as error:
        if error.code not in CHANGED_MEANWHILE:
            raise
