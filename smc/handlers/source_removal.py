"""Removal of source servers: ours are deleted with their jobs, adopted ones lose our mark.

Calls: smc:DescribeReplicationJobs, smc:StopReplicationJob, smc:DeleteReplicationJob,
smc:DescribeSourceServers, smc:DeleteSourceServer, smc:UntagResources.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from smc.api import source_servers as sources_api
from smc.api.replication_jobs import describe_replication_jobs
from smc.api.tags import untag_source_servers
from smc.clients import Clients
from smc.errors import WaitError
from smc.handlers.context import Context
from smc.handlers.job_removal import delete_jobs_of
from smc.ownership import FINISHED_TAG
from smc.side_by_side import side_by_side
from smc.states import JobStatus
from smc.waiters import JOB_GONE, Pace, Verdict, wait_for


def delete_sources(
    destination: Clients, stack: str, doomed: Mapping[str, str], pace: Pace, context: Context
) -> None:
    """Delete source servers (source id -> server name) once their jobs are gone.

    Raises:
        WaitError: a job is still there at the deadline.
    """
    free_sources(destination, stack, doomed, pace, context)
    side_by_side(partial(sources_api.delete_source_server, destination), doomed)


def free_sources(
    destination: Clients, stack: str, doomed: Mapping[str, str], pace: Pace, context: Context
) -> None:
    """Delete the stack's jobs of source servers (source id -> server name), and wait until gone.

    Raises:
        WaitError: a job is still there at the deadline.
    """
    if not doomed:
        return
    delete_jobs_of(destination, stack, doomed, pace, context)

    def jobs_left(pending: Sequence[str]) -> dict[str, str]:
        listed = describe_replication_jobs(destination, source_ids=pending)
        statuses = {job.source_id: job.status for job in listed}
        return {source_id: statuses.get(source_id, JobStatus.GONE) for source_id in pending}

    verdicts = wait_for(list(doomed), JOB_GONE, jobs_left, pace, context.clock)
    for source_id, verdict in verdicts.items():
        if verdict is not Verdict.SUCCESS:
            raise WaitError(
                f"{doomed[source_id]}: source server {source_id} still has a replication job after"
                f" {pace.deadline_seconds / 60:.0f} minutes. Fix: look at the job in the SMC"
                " console, then run `pulumi destroy` again."
            )


def release_sources(destination: Clients, source_ids: Sequence[str]) -> None:
    """Take our mark off adopted source servers: another stack may migrate them once more."""
    marked = [
        source.source_id
        for source in sources_api.describe_source_servers(destination, source_ids)
        if FINISHED_TAG in source.tags
    ]
    untag_source_servers(destination, marked, [FINISHED_TAG])
