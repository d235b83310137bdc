"""The jobs and source servers of a stack, each listed once for many callers."""

from smc.api.replication_jobs import describe_replication_jobs
from smc.api.source_servers import describe_source_servers
from smc.clients import Clients
from smc.handlers.context import Context
from smc.models import ReplicationJob, SourceServer
from smc.ownership import stack_tags
from smc.snapshot import Snapshot


def stack_jobs(context: Context, clients: Clients, stack: str) -> Snapshot[ReplicationJob]:
    """The replication jobs of a stack."""

    def make() -> Snapshot[ReplicationJob]:
        return Snapshot(
            lambda: describe_replication_jobs(clients, tags=stack_tags(stack)),
            lambda job_id: next(iter(describe_replication_jobs(clients, [job_id])), None),
            lambda job: job.job_id,
            context.clock,
        )

    return context.shared(("jobs", clients.connection, stack), make)


def account_sources(context: Context, clients: Clients) -> Snapshot[SourceServer]:
    """The source servers of an account: adopted ones do not carry the stack's tag."""

    def make() -> Snapshot[SourceServer]:
        return Snapshot(
            lambda: describe_source_servers(clients),
            lambda source_id: next(iter(describe_source_servers(clients, [source_id])), None),
            lambda source: source.source_id,
            context.clock,
        )

    return context.shared(("sources", clients.connection), make)
