"""Transition instances and temporary disks: what SMC puts into ECS for a migration and bills.

SMC names them, but nothing of theirs says whose migration they belong to. While the job still tells
us, a transition instance gets the tag of the stack; only what carries it is ever released by us. So
does a temporary disk before it is detached, for after that nothing tells whose it was.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    """Tag the transition instances of jobs as the stack's; returns the ids of those that are.

    One that ECS does not know, gone or not there yet, keeps no other from being tagged.
    """
    by_region: dict[str, set[str]] = {}
    for job in jobs:
        # A finished job shows the id of an instance that SMC has released.
        if job.transition_instance_id and job.status != JobStatus.FINISHED:
            by_region.setdefault(job.region, set()).add(job.transition_instance_id)
    claimed: set[str] = set()
    for region, instance_ids in by_region.items():
        claimed |= _tagged(clients, region, sorted(instance_ids), stack_tags(stack))
    return claimed


def _tagged(
    clients: Clients, region: str, instance_ids: Sequence[str], tags: Mapping[str, str]
) -> set[str]:
    """Tag instances, all at once; where that is refused because of one of them, one by one."""
    with _unless_gone():
        tag_instances(clients, region, instance_ids, tags)
        return set(instance_ids)
    if len(instance_ids) == 1:
        return set()
    return set().union(*(_tagged(clients, region, [each], tags) for each in instance_ids))


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
