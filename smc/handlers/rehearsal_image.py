"""The throwaway image of a rehearsal: deleted with the snapshots that it is made of.

ECS keeps an image's snapshots when the image is deleted, and nothing says any more what they were.
So they are tagged first, while the image still names them.
Source: ECS 2014-05-26 DeleteImage, DeleteSnapshot.
"""

from smc.api.images import delete_image, describe_images
from smc.api.snapshots import delete_snapshot
from smc.api.tags import tag_snapshots
from smc.clients import Clients
from smc.models import Image
from smc.ownership import REHEARSAL_TAG, rehearsal_image_prefix, stack_tags


def rehearsal_images(clients: Clients, region: str, stack: str) -> list[Image]:
    """The throwaway images of a stack in a region."""
    prefix = rehearsal_image_prefix(stack)
    listed = describe_images(clients, region, name=f"{prefix}*")
    return [image for image in listed if image.name.startswith(prefix)]


def discard_image(clients: Clients, region: str, stack: str, image: Image) -> None:
    """Delete a throwaway image and its snapshots.

    Raises:
        ApiError: somebody made an instance of it.
    """
    if image.snapshot_ids:
        tags = stack_tags(stack) | {REHEARSAL_TAG: "image"}
        tag_snapshots(clients, region, image.snapshot_ids, tags)
    delete_image(clients, region, image.image_id)
    for snapshot_id in image.snapshot_ids:
        delete_snapshot(clients, region, snapshot_id)
