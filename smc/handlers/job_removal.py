"""Deleting of jobs: stop, claim what they keep in ECS, delete; not waiting until they are gone."""

from collections.abc import Mapping

from smc.api import replication_jobs as jobs_api
from smc.clients import Clients
from smc.handlers.context import Context
from smc.handlers.stopping import stop_jobs
from smc.handlers.transition import claim_transition_instances
from smc.ownership import stack_tags
from smc.states import JobStatus
from smc.waiters import Pace


def delete_jobs(
    clients: Clients, stack: str, jobs: Mapping[str, str], pace: Pace, context: Context
) -> None:
    """Delete jobs and what they keep in ECS; those that are gone already are fine.

    Args:
        clients: of the destination side.
        stack: see `smc.ownership`.
        jobs: job id -> server name.
        pace: of the wait for running ones to stop.
        context: time and progress.

    Raises:
        WaitError: a job would not stop in time.
    """
    stop_jobs(clients, jobs, pace, context)
    found = [
        job
        for job in jobs_api.describe_replication_jobs(clients, list(jobs))
        if job.status != JobStatus.DELETING
    ]
    claim_transition_instances(clients, stack, found)
    for job in found:
        jobs_api.delete_replication_job(clients, job.job_id)


def delete_jobs_of(
    clients: Clients, stack: str, sources: Mapping[str, str], pace: Pace, context: Context
) -> None:
    """Delete the stack's jobs of source servers (source id -> server name).

    On destroy they are deleted already. When a server is taken out of the settings, its source goes
    before Pulumi gets to its job.
    """
    ours = stack_tags(stack).items()
    jobs = {
        job.job_id: sources[job.source_id]
        for job in jobs_api.describe_replication_jobs(clients, source_ids=list(sources))
        if ours <= job.tags.items()
    }
    delete_jobs(clients, stack, jobs, pace, context)
