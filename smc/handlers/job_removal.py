"""Deleting of jobs: stop, claim what they keep in ECS, delete; they are gone a while later."""

from collections.abc import Mapping, Sequence

from smc.api import replication_jobs as jobs_api
from smc.clients import Clients
from smc.handlers.context import Context
from smc.handlers.stopping import stop_jobs
from smc.handlers.transition import claim_transition_instances
from smc.models import ReplicationJob
from smc.ownership import stack_tags
from smc.side_by_side import side_by_side
from smc.states import JobStatus
from smc.waiters import JOB_GONE, Pace, Verdict, wait_for


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
    stopped = stop_and_claim(clients, stack, jobs, pace, context)
    side_by_side(lambda job: jobs_api.delete_replication_job(clients, job.job_id), stopped)


def stop_and_claim(
    clients: Clients, stack: str, jobs: Mapping[str, str], pace: Pace, context: Context
) -> list[ReplicationJob]:
    """Stop jobs and claim what they keep in ECS; returns those that are not being deleted.

    What one call of a process has claimed for a whole wave, the next ones leave as it is.

    Args and errors are those of `delete_jobs`.
    """
    stopped = stop_jobs(clients, jobs, pace, context)
    claimed = context.shared(("claimed", clients.connection, stack), set[str])
    new = [job for job in stopped if job.transition_instance_id not in claimed]
    claimed.update(claim_transition_instances(clients, stack, new))
    return stopped


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


def await_gone(clients: Clients, job_ids: Sequence[str], pace: Pace, context: Context) -> bool:
    """Wait until SMC has removed jobs that are being deleted; False if the deadline came first."""

    def observe(pending: Sequence[str]) -> dict[str, str]:
        listed = jobs_api.describe_replication_jobs(clients, pending)
        return dict.fromkeys(pending, str(JobStatus.GONE)) | {j.job_id: j.status for j in listed}

    ended = wait_for(job_ids, JOB_GONE, observe, pace, context.clock)
    return set(ended.values()) <= {Verdict.SUCCESS}
