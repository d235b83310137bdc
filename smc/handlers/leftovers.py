"""What a migration left in the destination account: found, explained, and removed on request.

A leftover is explained by a live job: one that is neither finished nor expired, for SMC releases
what it made for those. What is not explained is removed only if something proves that it is SMC's
or ours: our tag, our name, or a job that names it. A name that anybody can give is no proof; such a
thing is shown, and removed only when its id is acknowledged.

Calls: smc:DescribeReplicationJobs, smc:DescribeSourceServers, smc:ListAccessTokens,
ecs:DescribeInstances, ecs:DescribeDisks; to remove, ecs:DeleteInstance, ecs:DetachDisk,
ecs:DeleteDisk, smc:DisableAccessToken, smc:DeleteAccessToken, smc:StopReplicationJob,
smc:DeleteReplicationJob, ecs:TagResources, smc:DeleteSourceServer.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from smc.api import access_tokens
from smc.api.instances import (
    delete_instance,
    describe_disks,
    describe_instances,
    disks_named,
    release_disk,
)
from smc.api.replication_jobs import describe_replication_jobs
from smc.api.source_servers import describe_source_servers
from smc.certificate import (
    Certificate,
    Check,
    Kind,
    Leftover,
    disk_leftover,
    hours_since,
    instance_leftover,
)
from smc.clients import Clients
from smc.handlers.context import Context
from smc.handlers.job_removal import delete_jobs
from smc.handlers.source_removal import delete_sources
from smc.handlers.transition import TEMPORARY_DISK_NAME, TRANSITION_INSTANCE_NAME
from smc.models import ReplicationJob
from smc.ownership import STACK_TAG, access_token_name, is_access_token_name
from smc.states import JobStatus
from smc.waiters import Pace

EXPLAINS_NOTHING = frozenset({JobStatus.FINISHED, JobStatus.EXPIRED})
"""SMC has released what it made for a job in one of these (FAQ on the intermediate instance)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where to look, and for whom.

    Attributes:
        stack: see `smc.ownership`.
        regions: regions of ECS to look at.
        targets: ids of instances that the stack replaces, acknowledged in its settings.
        gone: stacks that are said to be gone: their jobs and sources are leftovers.
        import_seconds: longest import; a younger activation code may be in use.
    """

    stack: str
    regions: Sequence[str]
    targets: Collection[str] = ()
    gone: Collection[str] = ()
    import_seconds: float = 2700.0


@dataclass(slots=True)
class _Look:
    """One look at an account: the looks taken and all that no job explains."""

    clients: Clients
    scope: Scope
    jobs: Sequence[ReplicationJob]
    checked: list[Check] = field(default_factory=list)

    @property
    def live(self) -> list[ReplicationJob]:
        return [job for job in self.jobs if job.status not in EXPLAINS_NOTHING]


def look(clients: Clients, scope: Scope, released: Sequence[Leftover] = ()) -> Certificate:
    """Everything in the account that no live job explains; removes nothing.

    Args:
        clients: of the destination side.
        scope: where to look.
        released: what was removed just before, for the record.
    """
    view = _Look(clients, scope, describe_replication_jobs(clients))
    view.checked.append(Check(what="replication jobs", seen=len(view.jobs)))
    left = [*_instances(view), *_disks(view), *_codes(view), *_of_gone_stacks(view)]
    connection = clients.connection
    return Certificate(
        stack=scope.stack,
        account=connection.account,
        emulated=connection.emulator is not None,
        at=clients.utc_now(),
        checked=view.checked,
        live=[job.job_id for job in view.live if job.tags.get(STACK_TAG) == scope.stack],
        released=released,
        left=left,
    )


def is_removable(leftover: Leftover, acknowledged: Collection[str]) -> bool:
    """Whether it is proven to be SMC's or ours, or its id was repeated by the user."""
    return bool(leftover.proof) or leftover.id in acknowledged


def remove(clients: Clients, leftovers: Sequence[Leftover], pace: Pace, context: Context) -> None:
    """Remove leftovers; those that are gone already are fine.

    Jobs and source servers go first: with them SMC releases what it made for them.

    Raises:
        ApiError: a service refuses.
        WaitError: a job does not stop, or stays.
    """
    for stack in sorted({each.stack for each in leftovers}):
        jobs = _named(leftovers, Kind.REPLICATION_JOB, stack)
        if jobs:
            delete_jobs(clients, stack, jobs, pace, context)
        delete_sources(clients, stack, _named(leftovers, Kind.SOURCE_SERVER, stack), pace, context)
    for each in leftovers:
        context.progress(f"removing {each}")
        match each.kind:
            case Kind.TRANSITION_INSTANCE:
                delete_instance(clients, each.region, each.id)
            case Kind.TEMPORARY_DISK:
                for disk in disks_named(clients, each.region, TEMPORARY_DISK_NAME):
                    if disk.disk_id == each.id:
                        release_disk(clients, each.region, disk)
            case Kind.ACTIVATION_CODE:
                access_tokens.delete_access_token(clients, each.id)


def _named(leftovers: Sequence[Leftover], kind: Kind, stack: str) -> dict[str, str]:
    return {each.id: each.name for each in leftovers if (each.kind, each.stack) == (kind, stack)}


def _instances(view: _Look) -> Iterator[Leftover]:
    explained = {job.transition_instance_id for job in view.live}
    named = {job.transition_instance_id: job for job in view.jobs}
    now = view.clients.utc_now()
    for region in view.scope.regions:
        listed = describe_instances(view.clients, region)
        view.checked.append(Check(what="ECS instances", region=region, seen=len(listed)))
        for instance in listed:
            if instance.name != TRANSITION_INSTANCE_NAME or instance.instance_id in explained:
                continue
            stack = instance.tags.get(STACK_TAG, "")
            job = named.get(instance.instance_id)
            proof = f"tag {STACK_TAG}" if stack else f"named by job {job.job_id}" if job else ""
            disks = describe_disks(view.clients, region, instance.instance_id)
            yield instance_leftover(region, instance, now).model_copy(
                update={
                    "stack": stack,
                    "proof": proof,
                    "disk_gib": sum(disk.size_gib for disk in disks),
                }
            )


def _disks(view: _Look) -> Iterator[Leftover]:
    explained = {job.instance_id for job in view.live} - {""}
    named = {job.instance_id: job for job in view.jobs if job.instance_id}
    now = view.clients.utc_now()
    for region in view.scope.regions:
        listed = disks_named(view.clients, region, TEMPORARY_DISK_NAME)
        what = f"disks named {TEMPORARY_DISK_NAME}"
        view.checked.append(Check(what=what, region=region, seen=len(listed)))
        for disk in listed:
            if disk.instance_id in explained:
                continue
            job = named.get(disk.instance_id)
            proof = f"on {disk.instance_id}, the target of job {job.job_id}" if job else ""
            if disk.instance_id in view.scope.targets:
                proof = f"on {disk.instance_id}, a target of the stack"
            yield disk_leftover(region, disk, now).model_copy(update={"proof": proof})


def _codes(view: _Look) -> Iterator[Leftover]:
    listed = access_tokens.list_access_tokens(view.clients)
    view.checked.append(Check(what="activation codes", seen=len(listed)))
    now = view.clients.utc_now()
    for token in listed:
        hours = hours_since(token.created, now)
        in_use = hours is not None and hours * 3600 < view.scope.import_seconds
        if not is_access_token_name(token.name) or in_use:
            continue
        ours = token.name == access_token_name(view.scope.stack)
        yield Leftover(
            kind=Kind.ACTIVATION_CODE,
            id=token.access_token_id,
            name=token.name,
            stack=view.scope.stack if ours else "",
            hours=hours,
            proof="its name, which this program makes",
        )


def _of_gone_stacks(view: _Look) -> Iterator[Leftover]:
    if not view.scope.gone:
        return
    sources = describe_source_servers(view.clients)
    view.checked.append(Check(what="source servers", seen=len(sources)))
    found = [(Kind.REPLICATION_JOB, j.job_id, j.name, j.tags) for j in view.jobs]
    found += [(Kind.SOURCE_SERVER, s.source_id, s.name, s.tags) for s in sources]
    for kind, id_, name, tags in found:
        stack = tags.get(STACK_TAG, "")
        if stack in view.scope.gone:
            yield Leftover(kind=kind, id=id_, name=name, stack=stack, proof=f"tag {STACK_TAG}")
