"""Transition instances and temporary disks: what SMC puts into ECS for a migration and bills.

SMC names them, but nothing of theirs says whose migration they belong to. While the job still tells
us, a transition instance gets the tag of the stack; only what carries it is ever released by us. So
does a temporary disk before it is detached, for after that nothing tells whose it was.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from smc.api.instances import release_disk
from smc.api.tags import tag_disks, tag_instances
from smc.clients import Clients
from smc.errors import ApiError
from smc.models import Disk, ReplicationJob
from smc.ownership import stack_tags
from smc.states import JobStatus

TRANSITION_INSTANCE_NAME = "No_Delete_SMC_Transition_Instance"
TEMPORARY_DISK_NAME = "SMC_Temp_Disk"


def claim_transition_instances(
    clients: Clients, stack: str, jobs: Iterable[ReplicationJob]
) -> set[str]:
    """Tag the transition instances of jobs as the stack's; returns their ids."""
    by_region: dict[str, set[str]] = {}
    for job in jobs:
        # A finished job shows the id of an instance that SMC has released.
        if job.transition_instance_id and job.status != JobStatus.FINISHED:
            by_region.setdefault(job.region, set()).add(job.transition_instance_id)
    for region, instance_ids in by_region.items():
        with _unless_gone():
            tag_instances(clients, region, sorted(instance_ids), stack_tags(stack))
    return set().union(*by_region.values()) if by_region else set()


def release_temporary_disk(clients: Clients, region: str, disk: Disk, stack: str) -> None:
    """Claim a temporary disk for its stack, if that is known, detach and delete it.

    One that is gone is fine.
    """
    if disk.instance_id and stack:
        with _unless_gone():
            tag_disks(clients, region, [disk.disk_id], stack_tags(stack))
    release_disk(clients, region, disk)


@contextmanager
def _unless_gone() -> Iterator[None]:
    """SMC may release something between two calls: there is nothing left to claim then."""
    try:
        yield
    except ApiError as error:
        if "NotFound" not in error.code:
            raise
