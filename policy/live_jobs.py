"""Jobs that run now and that a preview would replace: the one guardrail that asks SMC.

A policy sees what is declared, not what happens to it. So the stack's jobs are listed, once, with
the credentials that the preview itself uses.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from smc.clients import Clients
from smc.connection import Connection
from smc.errors import MigrationError
from smc.handlers.context import Context
from smc.handlers.listings import stack_jobs
from smc.models import ReplicationJob
from smc.ownership import RUN_TAG, SERVER_TAG
from smc.snapshot import Snapshot
from smc.verdicts import HAS_TRANSFERRED


@cache
def _jobs(connection: Connection, stack: str) -> Snapshot[ReplicationJob]:
    return stack_jobs(Context(), Clients(connection), stack)


def replaced_jobs(props: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each job of the server that holds data and belongs to an earlier run.

    Args:
        props: inputs of a ReplicationJob.
    """
    server, run = props["server"], int(props.get("run") or 1)
    try:
        listed = _jobs(Connection(**props["destination"]), props["stack"]).all()
    except MigrationError as error:
        yield f"whether a job of it runs could not be checked. {error}"
        return
    for job in listed:
        earlier = int(job.tags.get(RUN_TAG, run)) < run
        if job.tags.get(SERVER_TAG) == server and earlier and job.status in HAS_TRANSFERRED:
            yield (
                f"run {run} deletes job {job.job_id}, which is {job.status} at"
                f" {job.progress:.0f} %; what it transferred is lost."
            )
