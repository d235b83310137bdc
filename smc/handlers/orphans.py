"""What a killed update made before Pulumi knew of it, found by its marks.

The clean-up guard is deleted after everything else of the stack. What still carries the stack's
marks then, no resource stands for: its create was cut off, and nobody ran `pulumi up` again.

A server may even register itself after the update that told it to was killed. It carries no tag
then; the output of the stack's own import command names it.

Calls: smc:DescribeReplicationJobs, smc:DescribeSourceServers, smc:ListAccessTokens,
ecs:DescribeImages, ecs:DescribeSnapshots; with the role, sts:AssumeRole,
ecs:DescribeInvocations and ecs:DescribeInstances of the source account.
"""

from collections.abc import Iterator, Sequence

from smc.api import access_tokens
from smc.api.instances import describe_instances
from smc.api.replication_jobs import describe_replication_jobs
from smc.api.source_servers import describe_source_servers
from smc.certificate import Kind, Leftover
from smc.clients import Clients
from smc.errors import MigrationError
from smc.handlers.context import Context, RoleAccess, source_clients
from smc.handlers.registration import registered_before
from smc.handlers.rehearsal_leftovers import MADE_HERE, rehearsed
from smc.ownership import STACK_TAG, access_token_name, stack_tags
from smc.states import JobStatus, SourceState

OURS_BEGIN = "smc-migration-"
"""How every tag begins that a stack gives to a source server, its own or an adopted one."""


def find_orphans(
    clients: Clients,
    stack: str,
    regions: Sequence[str],
    role: RoleAccess | None,
    context: Context,
) -> list[Leftover]:
    """Everything of a stack that is left when its resources are gone; removes nothing.

    Args:
        clients: of the destination side.
        stack: see `smc.ownership`.
        regions: regions of all targets.
        role: the role in the source account; None where it is not known.
        context: time, and where is told what could not be looked for.
    """
    found = [*_marked(clients, stack), *_of_rehearsals(clients, stack, regions)]
    if role is not None:
        found += _registered_unmarked(clients, stack, role, context)
    return found


def _marked(clients: Clients, stack: str) -> Iterator[Leftover]:
    tags = stack_tags(stack)
    proof = f"tag {STACK_TAG}"
    for job in describe_replication_jobs(clients, tags=tags):
        # One that is being deleted had its resource.
        if job.status != JobStatus.DELETING:
            kind = Kind.REPLICATION_JOB
            yield Leftover(kind=kind, id=job.job_id, name=job.name, stack=stack, proof=proof)
    for source in describe_source_servers(clients, tags=tags):
        if source.state != SourceState.DELETING:
            kind, id_ = Kind.SOURCE_SERVER, source.source_id
            yield Leftover(kind=kind, id=id_, name=source.name, stack=stack, proof=proof)
    for code in access_tokens.list_access_tokens(clients, access_token_name(stack)):
        kind, id_ = Kind.ACTIVATION_CODE, code.access_token_id
        yield Leftover(kind=kind, id=id_, name=code.name, stack=stack, proof=MADE_HERE)


def _of_rehearsals(clients: Clients, stack: str, regions: Sequence[str]) -> Iterator[Leftover]:
    for region in regions:
        # A rehearsal's job is removed with all the others.
        yield from rehearsed(clients, stack, region).unexplained(
            (), clients.utc_now(), may_begin=False
        )


def _registered_unmarked(
    clients: Clients, stack: str, role: RoleAccess, context: Context
) -> list[Leftover]:
    """Source servers that the stack's import command registered and nobody has marked or uses.

    A server can print the id of another's source server: its own has its name and address.
    """
    source = source_clients(clients, role, stack, visible_within_seconds=0)
    try:
        named = registered_before(source, role.region, stack)
        hosts = {
            (i.host_name, address, named[i.instance_id])
            for i in describe_instances(source, role.region, sorted(named))
            for address in i.private_ips
        }
    except MigrationError as error:
        reason = str(error).splitlines()[0]
        context.note(f"whether a killed import registered more servers is not known: {reason}")
        return []
    ids = sorted({source_id for _, _, source_id in hosts})
    used = {job.source_id for job in describe_replication_jobs(clients, source_ids=ids)}
    return [
        Leftover(
            kind=Kind.SOURCE_SERVER,
            id=found.source_id,
            name=found.name or found.source_id,
            stack=stack,
            proof="registered by the stack's import command",
        )
        for found in describe_source_servers(clients, ids)
        if (found.hostname, found.ipv4, found.source_id) in hosts
        and found.source_id not in used
        and not any(tag.startswith(OURS_BEGIN) for tag in found.tags)
    ]
