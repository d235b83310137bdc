"""Transition instances and temporary disks: what SMC puts into ECS for a migration and bills.

SMC names them, but nothing of theirs says whose migration they belong to. While the job still tells
us, a transition instance gets the tag of the stack; only what carries it is ever released by us.
"""

from collections.abc import Iterable

from smc.api.tags import tag_instances
from smc.clients import Clients
from smc.errors import ApiError
from smc.models import ReplicationJob
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
        try:
            tag_instances(clients, region, sorted(instance_ids), stack_tags(stack))
        except ApiError as error:
            # SMC released it between the two calls: there is nothing left to claim.
            if "NotFound" not in error.code:
                raise
    return set().union(*by_region.values()) if by_region else set()
