"""What a rehearsal that was killed left in ECS: throwaway images, and snapshots.

A rehearsal that runs has a job, made before its image; it explains all of it. The snapshots of a
target instance are not removed on a guess: once a rehearsal has begun they may be all that is left
of it, and they end by themselves.

Calls: ecs:DescribeImages, ecs:DescribeSnapshots; to remove, ecs:TagResources, ecs:DeleteImage,
ecs:DeleteSnapshot.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from smc.api.snapshots import delete_snapshot, describe_snapshots
from smc.certificate import Kind, Leftover, hours_since
from smc.clients import Clients
from smc.handlers.rehearsal_image import discard_image, rehearsal_images
from smc.handlers.target_backup import RETENTION_DAYS, is_needed
from smc.models import Image, ReplicationJob, Snapshot
from smc.ownership import (
    BACKUP_TAG,
    REHEARSAL_TAG,
    is_rehearsal_job,
    stack_tags,
)

MADE_HERE = "its name, which this program makes"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What rehearsals of a stack have in a region now."""

    stack: str
    region: str
    images: Sequence[Image]
    snapshots: Sequence[Snapshot]

    def unexplained(
        self, jobs: Collection[ReplicationJob], now: datetime, *, may_begin: bool
    ) -> Iterator[Leftover]:
        """What no rehearsal explains that has a job.

        Args:
            jobs: of the account, listed after the images.
            now: time of the service.
            may_begin: whether one may be about to begin, whose target has its snapshots already.
        """
        running = [job for job in jobs if is_rehearsal_job(self.stack, job.tags)]
        if not running:
            for image in self.images:
                yield self._leftover(
                    Kind.IMAGE, image.image_id, image, hours_since(image.created, now)
                )
        replaced = {job.instance_id for job in running}
        for snapshot in self.snapshots:
            instance = snapshot.tags.get(BACKUP_TAG)
            if instance in replaced or (running and not instance):
                continue
            needed = is_needed(snapshot)
            found = self._leftover(
                Kind.SNAPSHOT, snapshot.snapshot_id, snapshot, hours_since(snapshot.created, now)
            )
            caution = (
                f"it may be the only way back to {instance} as it was; it ends by itself after"
                f" {RETENTION_DAYS} days"
            )
            yield found.model_copy(
                update={
                    "proof": f"tag {BACKUP_TAG if instance else REHEARSAL_TAG}",
                    "caution": caution if instance and (needed or may_begin) else "",
                }
            )

    def _leftover(
        self, kind: Kind, id_: str, thing: Image | Snapshot, hours: float | None
    ) -> Leftover:
        return Leftover(
            kind=kind,
            id=id_,
            name=thing.name,
            region=self.region,
            stack=self.stack,
            disk_gib=thing.size_gib,
            hours=hours,
            proof=MADE_HERE,
        )


def rehearsed(clients: Clients, stack: str, region: str) -> Rehearsed:
    """Look at what rehearsals of a stack have in a region; removes nothing."""
    marked = describe_snapshots(clients, region, stack_tags(stack))
    snapshots = [s for s in marked if {BACKUP_TAG, REHEARSAL_TAG} & s.tags.keys()]
    return Rehearsed(stack, region, rehearsal_images(clients, region, stack), snapshots)


def remove_rehearsed(clients: Clients, leftover: Leftover) -> None:
    """Remove a throwaway image with its snapshots, or a snapshot; one that is gone is fine.

    Raises:
        ApiError: ECS refuses, for somebody uses it.
    """
    if leftover.kind is Kind.SNAPSHOT:
        delete_snapshot(clients, leftover.region, leftover.id)
        return
    for image in rehearsal_images(clients, leftover.region, leftover.stack):
        if image.image_id == leftover.id:
            discard_image(clients, leftover.region, leftover.stack, image)
