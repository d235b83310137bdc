"""What a migration left in the destination account: found, explained, and removed on request.

A leftover is explained by a live job: one that is neither finished nor expired, for SMC releases
what it made for those. What is not explained is removed only if something proves that it is SMC's
or ours: our tag, our name, or a job that names it. A name that anybody can give is no proof; such a
thing is shown, and removed only when its id is acknowledged.

Calls: smc:DescribeReplicationJobs, smc:DescribeSourceServers, smc:ListAccessTokens,
ecs:DescribeInstances, ecs:DescribeDisks, ecs:DescribeImages, ecs:DescribeSnapshots; to
remove, ecs:DeleteInstance, ecs:DetachDisk,
ecs:DeleteDisk, smc:DisableAccessToken, smc:DeleteAccessToken, smc:StopReplicationJob,
smc:DeleteReplicationJob, ecs:TagResources, smc:DeleteSourceServer.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from smc.api import access_tokens
from smc.api.instances import (
    delete_instance,
    describe_disks,
    describe_instances,
    disks_named,
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
from smc.handlers.registration import ACTIVATION_CODE_DAYS
from smc.handlers.rehearsal_leftovers import Rehearsed, rehearsed, remove_rehearsed
from smc.handlers.smoke_test_instance import LONGEST_LIFE_SECONDS
from smc.handlers.source_removal import delete_sources
from smc.handlers.transition import (
    TEMPORARY_DISK_NAME,
    TRANSITION_INSTANCE_NAME,
    release_temporary_disk,
)
from smc.models import AccessToken, Disk, Instance, ReplicationJob, SourceServer
from smc.ownership import SMOKE_TEST_TAG, STACK_TAG, access_token_name, is_access_token_name
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


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at an account.

    The jobs are listed last: what was there before them and is named by none of them has no job,
    for a job is made before what it keeps in ECS.
    """

    scope: Scope
    instances: Mapping[str, Sequence[Instance]]
    disks: Mapping[str, Sequence[Disk]]
    codes: Sequence[AccessToken]
    rehearsed: Sequence[Rehearsed]
    sources: Sequence[SourceServer]
    jobs: Sequence[ReplicationJob]
    now: datetime

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
    regions = scope.regions
    view = _Look(
        scope,
        {region: describe_instances(clients, region) for region in regions},
        {region: disks_named(clients, region, TEMPORARY_DISK_NAME) for region in regions},
        access_tokens.list_access_tokens(clients),
        [rehearsed(clients, s, region) for s in (scope.stack, *scope.gone) for region in regions],
        describe_source_servers(clients) if scope.gone else (),
        describe_replication_jobs(clients),
        # By the clock of the service that has just answered.
        clients.utc_now(),
    )
    left = [*_instances(clients, view), *_test_instances(clients, view), *_disks(view)]
    left += [*_codes(view), *_of_gone_stacks(view)]
    for each in view.rehearsed:
        left += each.unexplained(view.jobs, view.now, may_begin=True)
    connection = clients.connection
    return Certificate(
        stack=scope.stack,
        account=connection.account,
        emulated=connection.emulator is not None,
        at=clients.utc_now(),
        checked=list(_checks(view)),
        live=[job.job_id for job in view.live if job.tags.get(STACK_TAG) == scope.stack],
        released=released,
        left=left,
    )


def is_removable(leftover: Leftover, acknowledged: Collection[str]) -> bool:
    """Whether it is proven to be SMC's or ours and harmless, or its id was repeated by the user."""
    return bool(leftover.proof and not leftover.caution) or leftover.id in acknowledged


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
            case Kind.TRANSITION_INSTANCE | Kind.SMOKE_TEST_INSTANCE:
                delete_instance(clients, each.region, each.id)
            case Kind.TEMPORARY_DISK:
                for disk in disks_named(clients, each.region, TEMPORARY_DISK_NAME):
                    if disk.disk_id == each.id:
                        release_temporary_disk(clients, each.region, disk, each.stack)
            case Kind.ACTIVATION_CODE:
                access_tokens.delete_access_token(clients, each.id)
            case Kind.IMAGE | Kind.SNAPSHOT:
                remove_rehearsed(clients, each)


def _named(leftovers: Sequence[Leftover], kind: Kind, stack: str) -> dict[str, str]:
    return {each.id: each.name for each in leftovers if (each.kind, each.stack) == (kind, stack)}


def _checks(view: _Look) -> Iterator[Check]:
    yield Check(what="replication jobs", seen=len(view.jobs))
    for region, instances in view.instances.items():
        yield Check(what="ECS instances", region=region, seen=len(instances))
    for region, disks in view.disks.items():
        yield Check(what=f"disks named {TEMPORARY_DISK_NAME}", region=region, seen=len(disks))
    yield Check(what="activation codes", seen=len(view.codes))
    for region in view.instances:
        here = [r for r in view.rehearsed if r.region == region]
        count = sum(len(r.images) + len(r.snapshots) for r in here)
        yield Check(what="images and snapshots of rehearsals", region=region, seen=count)
    if view.scope.gone:
        yield Check(what="source servers", seen=len(view.sources))


def _instances(clients: Clients, view: _Look) -> Iterator[Leftover]:
    explained = {job.transition_instance_id for job in view.live}
    named = {job.transition_instance_id: job for job in view.jobs}
    for region, instances in view.instances.items():
        if any(_has_yet_to_name_its_instance(job, region) for job in view.live):
            continue
        for instance in instances:
            if instance.name != TRANSITION_INSTANCE_NAME or instance.instance_id in explained:
                continue
            stack = instance.tags.get(STACK_TAG, "")
            job = named.get(instance.instance_id)
            proof = f"tag {STACK_TAG}" if stack else f"named by job {job.job_id}" if job else ""
            yield _with_disks(clients, view, region, instance, proof)


def _test_instances(clients: Clients, view: _Look) -> Iterator[Leftover]:
    """The instances of smoke tests that are older than any test."""
    for region, instances in view.instances.items():
        for instance in instances:
            hours = hours_since(instance.created, view.now)
            is_old = hours is not None and hours * 3600 > LONGEST_LIFE_SECONDS
            if is_old and {STACK_TAG, SMOKE_TEST_TAG} <= instance.tags.keys():
                yield _with_disks(clients, view, region, instance, f"tag {SMOKE_TEST_TAG}")


def _with_disks(
    clients: Clients, view: _Look, region: str, instance: Instance, proof: str
) -> Leftover:
    disks = describe_disks(clients, region, instance.instance_id)
    return instance_leftover(region, instance, view.now).model_copy(
        update={
            "stack": instance.tags.get(STACK_TAG, ""),
            "proof": proof,
            "disk_gib": sum(disk.size_gib for disk in disks),
        }
    )


def _has_yet_to_name_its_instance(job: ReplicationJob, region: str) -> bool:
    """Whether any transition instance of a region may be this job's."""
    begins = job.status == JobStatus.RUNNING and not job.transition_instance_id
    return begins and not job.instance_id and job.region == region


def _disks(view: _Look) -> Iterator[Leftover]:
    explained = {job.instance_id for job in view.live} - {""}
    named = {job.instance_id: job for job in view.jobs if job.instance_id}
    for region, disks in view.disks.items():
        for disk in disks:
            if disk.instance_id in explained:
                continue
            job = named.get(disk.instance_id)
            stack, proof = disk.tags.get(STACK_TAG, ""), ""
            if stack:
                proof = f"tag {STACK_TAG}"
            if job:
                stack = stack or job.tags.get(STACK_TAG, "")
                proof = f"on {disk.instance_id}, the target of job {job.job_id}"
            if disk.instance_id in view.scope.targets:
                stack = view.scope.stack
                proof = f"on {disk.instance_id}, a target of the stack"
            yield disk_leftover(region, disk, view.now).model_copy(
                update={"proof": proof, "stack": stack}
            )


def _codes(view: _Look) -> Iterator[Leftover]:
    for code in view.codes:
        ours = code.name == access_token_name(view.scope.stack)
        # How long other stacks import is not known: their codes are left until they expire.
        in_use_seconds = view.scope.import_seconds if ours else ACTIVATION_CODE_DAYS * 86400
        hours = hours_since(code.created, view.now)
        in_use = hours is not None and hours * 3600 < in_use_seconds
        if not is_access_token_name(code.name) or in_use:
            continue
        yield Leftover(
            kind=Kind.ACTIVATION_CODE,
            id=code.access_token_id,
            name=code.name,
            stack=view.scope.stack if ours else "",
            hours=hours,
            proof="its name, which this program makes",
        )


def _of_gone_stacks(view: _Look) -> Iterator[Leftover]:
    found = [(Kind.REPLICATION_JOB, j.job_id, j.name, j.tags) for j in view.jobs]
    found += [(Kind.SOURCE_SERVER, s.source_id, s.name, s.tags) for s in view.sources]
    for kind, id_, name, tags in found:
        stack = tags.get(STACK_TAG, "")
        if stack in view.scope.gone:
            yield Leftover(kind=kind, id=id_, name=name, stack=stack, proof=f"tag {STACK_TAG}")
