"""Images: the caller's own and the public ones that a world file declares.

Source: ECS 2014-05-26 API reference.
"""

from typing import Any

from emulator.ecs import resources
from emulator.ecs.billing import close_bill
from emulator.ecs.disks import device_name
from emulator.ecs.listing import (
    created_within,
    has_tags,
    is_given,
    name_matches,
    page,
    refuse_dry_run,
    tag_members,
)
from emulator.ecs.tables import Image, Instance
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, iso_seconds

LARGEST_PAGE = 100


def visible_images(call: Call) -> list[Image]:
    """The caller's images and the public ones of the call's region."""
    images = call.world.table(Image)
    found = [*images.find(account_id=call.account_id), *images.find(account_id="")]
    return [image for image in found if image.region == call.get("RegionId")]


@action("ecs", "DescribeImages")
def describe_images(call: Call) -> Members:
    """Images of a region, Available unless other statuses are named; ImageId may be a list.

    Not modelled: shared, community and marketplace images; detection of an image's fitness.
    """
    ids = _listed(call.get("ImageId"))
    statuses = _listed(call.get("Status")) or {"Available"}
    in_time = created_within(call)
    found = [
        i
        for i in visible_images(call)
        if i.status in statuses
        and (not ids or i.image_id in ids)
        and is_given(call.get("ImageOwnerAlias"), _owner(i))
        and is_given(call.get("Usage"), _usage(call.world, i))
        and is_given(call.get("OSType"), i.os_type)
        and is_given(call.get("Architecture"), "x86_64")
        and is_given(call.get("ImageFamily"), i.family)
        and call.get("SnapshotId") in {None, "", *i.snapshot_ids}
        and name_matches(call.get("ImageName"), i.name)
        and in_time(i.created)
        and has_tags(call, i.tags)
    ]
    refuse_dry_run(call)
    shown, described = page(call, found, LARGEST_PAGE, lambda i: _members(call.world, i))
    described.pop("NextToken")
    return {"Images": {"Image": shown}, "RegionId": call.get("RegionId"), **described}


@action("ecs", "DeleteImage", resources=resources.image)
def delete_image(call: Call) -> Members:
    """Delete a custom image that no instance was made of; one that is gone is ignored."""
    image = call.world.table(Image).get(call.get("ImageId"))
    if image is None:
        return {}
    if image.account_id != call.account_id or image.region != call.get("RegionId"):
        raise ApiError("InvalidImageId.NotFound", "The specified ImageId does not exist.", 404)
    if is_used(call.world, image) and not call.get("Force"):
        raise ApiError(
            "ImageUsingByInstance",
            "The specified image has been used to create instances.",
            403,
        )
    delete_image_row(call.world, image)
    return {}


def delete_image_row(world: World, image: Image) -> None:
    """Remove an image."""
    close_bill(world, image)
    world.table(Image).delete(image.image_id)


def is_used(world: World, image: Image) -> bool:
    """Whether an instance was made of it."""
    return any(instance.image_id == image.image_id for instance in world.table(Instance))


def _listed(given: str | None) -> set[str]:
    return set((given or "").split(",")) - {""}


def _owner(image: Image) -> str:
    return "self" if image.account_id else "system"


def _usage(world: World, image: Image) -> str:
    return "instance" if is_used(world, image) else "none"


def _members(world: World, image: Image) -> dict[str, Any]:
    mappings = [
        {
            "Device": device_name(number),
            "Format": "",
            "Progress": "100%",
            "RemainTime": 0,
            "Size": str(size),
            "SnapshotId": image.snapshot_ids[number] if number < len(image.snapshot_ids) else "",
            "Type": "data" if number else "system",
        }
        for number, size in enumerate(image.disk_sizes_gib)
    ]
    return {
        "Architecture": "x86_64",
        "CreationTime": iso_seconds(image.created),
        "Description": image.description,
        "DiskDeviceMappings": {"DiskDeviceMapping": mappings},
        "ImageFamily": image.family,
        "ImageId": image.image_id,
        "ImageName": image.name,
        "ImageOwnerAlias": _owner(image),
        "IsCopied": False,
        "IsPublic": not image.account_id,
        "IsSelfShared": "",
        "IsSubscribed": False,
        "IsSupportCloudinit": True,
        "IsSupportIoOptimized": True,
        "OSName": image.os_name,
        "OSNameEn": image.os_name,
        "OSType": image.os_type,
        "Platform": image.os_name.split(" ")[0],
        "Progress": "100%" if image.status == "Available" else "0%",
        "Size": image.disk_sizes_gib[0],
        "Status": image.status,
        "Tags": tag_members(image.tags),
        "Usage": _usage(world, image),
    }
