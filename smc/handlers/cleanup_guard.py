"""The last look: nothing of the stack is left when its jobs are gone.

The guard is created before every job and therefore deleted after all of them. Deleting it removes
what a killed update made without any resource knowing of it, waits until SMC has removed the jobs,
then looks in ECS for transition and test instances that carry the stack's tag and for temporary
disks on the target instances, and releases what is left.

Calls: smc:DescribeReplicationJobs, ecs:DescribeInstances, ecs:DescribeDisks, ecs:DeleteInstance,
ecs:DetachDisk, ecs:DeleteDisk, and those of `smc.handlers.orphans` and `smc.handlers.leftovers`.
Source: the seed's last section ("clean up resources").
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from smc.api.instances import delete_instance, describe_instances, disks_named
from smc.api.replication_jobs import describe_replication_jobs
from smc.certificate import (
    Certificate,
    Check,
    Leftover,
    disk_leftover,
    hours_since,
    instance_leftover,
)
from smc.clients import Clients
from smc.connection import Connection
from smc.errors import WaitError
from smc.handlers.context import Context, RoleAccess
from smc.handlers.leftovers import is_removable, remove
from smc.handlers.listings import stack_jobs
from smc.handlers.orphans import find_orphans
from smc.handlers.transition import (
    TEMPORARY_DISK_NAME,
    TRANSITION_INSTANCE_NAME,
    release_temporary_disk,
)
from smc.models import Disk, Instance, ReplicationJob
from smc.notifications.events import Teller
from smc.ownership import SMOKE_TEST_TAG, stack_tags
from smc.settings.notifications import Notifications
from smc.waiters import Pace, rounds

SMC_CLEANS_UP_WITHIN_SECONDS = 300.0
"""How long SMC gets to release its own resources before we do it."""


class CleanupGuardInputs(BaseModel):
    """What the guard watches.

    Attributes:
        stack: see `smc.ownership`.
        destination: account that is billed.
        regions: regions of all targets.
        target_instances: target instance id -> its region.
        role: the role in the source account, to look for servers that registered themselves.
        pace: of the wait until the jobs are gone.
        notifications: who is told of what is left over.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    stack: str
    destination: Connection
    regions: list[str]
    target_instances: dict[str, str]
    role: RoleAccess | None = None
    pace: Pace = Pace()
    notifications: Notifications | None = None


Outputs = dict[str, Any]
"""`leftovers`: what is billed now although no job explains it, as text."""


def create(inputs: CleanupGuardInputs) -> Outputs:
    """Nothing happens: the guard acts when it is deleted."""
    return {"leftovers": []}


def read(inputs: CleanupGuardInputs, context: Context) -> Outputs:
    """Find what is billed although no job explains it; releases nothing."""
    clients = context.clients(inputs.destination)
    instances, disks = _found(clients, inputs)
    instances = _unexplained(instances, stack_jobs(context, clients, inputs.stack).all())
    if instances:
        # What others have listed may be older than the instance.
        newly_listed = describe_replication_jobs(clients, tags=stack_tags(inputs.stack))
        instances = _unexplained(instances, newly_listed)
    _announce(inputs, _leftovers(clients, instances, disks), clients, context, released=False)
    return {
        "leftovers": [f"{r}: {instance}{_billed(clients, instance)}" for r, instance in instances]
        + [f"{r}: disk {disk.disk_id}{_billed(clients, disk)}" for r, disk in disks]
    }


def delete(inputs: CleanupGuardInputs, context: Context) -> list[str]:
    """Remove orphans, wait for the jobs to be gone, verify ECS, release what is left.

    Returns:
        What was checked, found and released, line by line, for people and as a certificate in JSON.

    Raises:
        ApiError: a service refuses.
        WaitError: jobs are still there, or something cannot be released in time.
    """
    clients = context.clients(inputs.destination)
    orphans = find_orphans(clients, inputs.stack, inputs.regions, inputs.role, context)
    doomed = [each for each in orphans if is_removable(each, ())]
    remove(clients, doomed, inputs.pace, context)
    _await_jobs_gone(clients, inputs, context)
    patience = replace(inputs.pace, deadline_seconds=SMC_CLEANS_UP_WITHIN_SECONDS)
    for _ in rounds(patience, context.clock):
        instances, disks = _found(clients, inputs)
        if not instances and not disks:
            break
        context.progress(
            f"waiting for SMC to release {len(instances)} instances and {len(disks)} disks"
        )
    released = [*doomed, *_leftovers(clients, instances, disks)]
    for region, instance in instances:
        delete_instance(clients, region, instance.instance_id)
    for region, disk in disks:
        release_temporary_disk(clients, region, disk, inputs.stack)
    if instances or disks:
        instances, disks = _found(clients, inputs)
        if instances or disks:
            left = [i.instance_id for _, i in instances] + [d.disk_id for _, d in disks]
            raise WaitError(
                f"billed and not released yet: {', '.join(left)}. Fix: run `pulumi destroy` again."
            )
    _announce(inputs, released, clients, context, released=True)
    checked = f"no replication job, transition instance or temporary disk of {inputs.stack} is left"
    return [
        *(f"released {each}" for each in released),
        *(f"left {each}: {each.caution}" for each in orphans if each.caution),
        _certificate(clients, inputs, released, [o for o in orphans if o.caution]).line(),
        f"checked {', '.join(inputs.regions) or 'no region'}: {checked}",
    ]


def _unexplained(
    instances: Sequence[tuple[str, Instance]], jobs: Sequence[ReplicationJob]
) -> list[tuple[str, Instance]]:
    """Instances, with their regions, that no job uses."""
    used = {job.transition_instance_id for job in jobs}
    return [(region, each) for region, each in instances if each.instance_id not in used]


def _leftovers(
    clients: Clients,
    instances: Sequence[tuple[str, Instance]],
    disks: Sequence[tuple[str, Disk]],
) -> list[Leftover]:
    now = clients.utc_now()
    found = [instance_leftover(region, each, now) for region, each in instances]
    return found + [disk_leftover(region, each, now) for region, each in disks]


def _announce(
    inputs: CleanupGuardInputs,
    found: Sequence[Leftover],
    clients: Clients,
    context: Context,
    *,
    released: bool,
) -> None:
    teller = Teller(inputs.stack, emulated=inputs.destination.emulator is not None)
    with context.courier(inputs.notifications) as courier:
        for each in found:
            courier.send(teller.leftover(each, clients.utc_now(), released=released))


def _certificate(
    clients: Clients,
    inputs: CleanupGuardInputs,
    released: Sequence[Leftover],
    left: Sequence[Leftover],
) -> Certificate:
    """What was looked for and is not there any more: looked for and removed, or waited for."""
    kinds = ("replication jobs", "source servers", "activation codes")
    looks = [(f"{kind} of the stack", "") for kind in kinds]
    looks += [("throwaway images of the stack", region) for region in inputs.regions]
    looks += [("instances with the stack's tag", region) for region in inputs.regions]
    looks += [
        (f"temporary disks on {instance}", region)
        for instance, region in inputs.target_instances.items()
    ]
    return Certificate(
        stack=inputs.stack,
        account=inputs.destination.account,
        emulated=inputs.destination.emulator is not None,
        at=clients.utc_now(),
        checked=[Check(what=what, region=region, seen=0) for what, region in looks],
        released=released,
        left=left,
    )


def _billed(clients: Clients, thing: Instance | Disk) -> str:
    """For how long something has been billed; its price is the account's own affair."""
    hours = hours_since(thing.created, clients.utc_now())
    return "" if hours is None else f", billed for {hours:.1f} hours"


def _await_jobs_gone(clients: Clients, inputs: CleanupGuardInputs, context: Context) -> None:
    for _ in rounds(inputs.pace, context.clock):
        jobs = describe_replication_jobs(clients, tags=stack_tags(inputs.stack))
        if not jobs:
            return
        context.progress(f"waiting until SMC has removed {len(jobs)} jobs")
    listed = ", ".join(f"{job.job_id} ({job.name}, {job.status})" for job in jobs[:5])
    raise WaitError(
        f"jobs of this stack are still there: {listed}. Fix: run `pulumi destroy` again; if SMC"
        " keeps them, delete them in its console."
    )


def _found(
    clients: Clients, inputs: CleanupGuardInputs
) -> tuple[Sequence[tuple[str, Instance]], Sequence[tuple[str, Disk]]]:
    instances = [
        (region, instance)
        for region in inputs.regions
        for instance in describe_instances(clients, region, tags=stack_tags(inputs.stack))
        # Whoever copies our tag to an instance of his own does not give it to us.
        if instance.name == TRANSITION_INSTANCE_NAME or SMOKE_TEST_TAG in instance.tags
    ]
    ours = stack_tags(inputs.stack).items()
    disks = [
        (region, disk)
        for region in sorted(set(inputs.target_instances.values()))
        for disk in disks_named(clients, region, TEMPORARY_DISK_NAME)
        # Attached to a target; or detached by an earlier destroy, which did not get further.
        if disk.instance_id in inputs.target_instances
        or (not disk.instance_id and ours <= disk.tags.items())
    ]
    if disks:
        # Somebody else's job may use the same instance: then the disk is not ours to release.
        used = {job.instance_id for job in describe_replication_jobs(clients)} - {""}
        disks = [(region, disk) for region, disk in disks if disk.instance_id not in used]
    return instances, disks
