"""Custom images.

Source: ECS 2014-05-26 API reference. Public images are not modelled.
"""

from fnmatch import fnmatchcase
from typing import Any

from emulator.ecs.listing import has_tags, page, tag_members
from emulator.ecs.tables import Image
from emulator.service import ApiError, Call, Members, action
from emulator.world import iso_seconds


@action("ecs", "DescribeImages")
def describe_images(call: Call) -> Members:
    """Images of a region; ImageId may be a list separated by commas."""
    ids = set(str(call.get("ImageId") or "").split(",")) - {""}
    found = [
        i
        for i in call.world.table(Image).find(account_id=call.account_id)
        if i.region == call.get("RegionId")
        and (not ids or i.image_id in ids)
        and fnmatchcase(i.name, call.get("ImageName") or "*")
        and has_tags(call, i.tags)
    ]
    shown, described = page(call, found, 100, _members)
    return {"Images": {"Image": shown}, "RegionId": call.get("RegionId"), **described}


@action("ecs", "DeleteImage")
def delete_image(call: Call) -> Members:
    """Delete a custom image."""
    image = call.world.table(Image).get(call.get("ImageId", ""))
    if image is None or image.account_id != call.account_id:
        raise ApiError("InvalidImageId.NotFound", "The specified ImageId does not exist.", 404)
    call.world.table(Image).delete(image.image_id)
    return {}


def _members(image: Image) -> dict[str, Any]:
    return {
        "CreationTime": iso_seconds(image.created),
        "DiskDeviceMappings": {
            "DiskDeviceMapping": [
                {"Device": f"/dev/xvd{chr(ord('a') + n)}", "Size": str(size), "Type": kind}
                for n, size in enumerate(image.disk_sizes_gib)
                for kind in ["system" if n == 0 else "data"]
            ]
        },
        "ImageId": image.image_id,
        "ImageName": image.name,
        "ImageOwnerAlias": "self",
        "OSName": image.os_name,
        "OSType": image.os_type,
        "Progress": "100%",
        "Size": image.disk_sizes_gib[0],
        "Status": image.status,
        "Tags": tag_members(image.tags),
    }
