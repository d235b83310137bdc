"""ECS 2014-05-26: custom images."""

from typing import TYPE_CHECKING, Any

from smc.api._call import call, nothing
from smc.api._fields import needed, total_count, utc_time
from smc.api._paging import ECS_PAGE, all_pages
from smc.clients import Clients
from smc.models import Image

if TYPE_CHECKING:
    from alibabacloud_ecs20140526 import models as ecs

EVERY_STATUS = "Creating,Waiting,Available,UnAvailable,CreateFailed,Deprecated"
"""DescribeImages lists only what is Available unless it is told otherwise."""


def describe_images(
    clients: Clients, region: str, *, image_id: str | None = None, name: str | None = None
) -> list[Image]:
    """The account's own images of a region, in any status.

    Args:
        clients: of the account.
        region: of the images.
        image_id: this one only.
        name: a name, or the pattern of names, with `*` for any letters.
    """
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    request = ecs.DescribeImagesRequest(
        region_id=region,
        image_owner_alias="self",
        status=EVERY_STATUS,
        image_id=image_id,
        image_name=name,
    )
    return all_pages(lambda number: _page(clients, region, request, number), ECS_PAGE)


def _page(
    clients: Clients, region: str, request: "ecs.DescribeImagesRequest", number: int
) -> tuple[list[Image], int]:
    request.page_number = number
    request.page_size = ECS_PAGE
    method = clients.ecs(region).describe_images
    return call(clients, "ecs:DescribeImages", method, request, _images)


def _images(body: Any) -> tuple[list[Image], int]:
    listed = body.images.image if body.images else None
    return [_image(i) for i in listed or []], total_count(body)


def delete_image(clients: Clients, region: str, image_id: str) -> None:
    """Delete a custom image of which no instance is left; one that is gone already is fine.

    Its snapshots stay.

    Raises:
        ApiError: among others `ImageUsingByInstance`.
    """
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    request = ecs.DeleteImageRequest(region_id=region, image_id=image_id)
    call(clients, "ecs:DeleteImage", clients.ecs(region).delete_image, request, nothing)


def _image(given: Any) -> Image:
    mappings = given.disk_device_mappings
    disks = (mappings.disk_device_mapping if mappings else None) or []
    return Image(
        image_id=needed(given.image_id, "ImageId"),
        name=given.image_name or "",
        status=given.status or "",
        size_gib=sum(int(disk.size or 0) for disk in disks) or int(given.size or 0),
        snapshot_ids=tuple(disk.snapshot_id for disk in disks if disk.snapshot_id),
        created=utc_time(given.creation_time),
    )
