"""Tags on RAM's objects. Their actions take JSON lists where ECS and SMC take `Tag.1.Key`."""

import json
from typing import Any

from emulator.identity.tables import Tag, principal_of
from emulator.service import ApiError, Call, Members, action
from emulator.world import World

TYPES = frozenset({"role", "policy", "user"})


def put_given_tags(call: Call, kind: str, name: str) -> None:
    """Put the call's `Tag` parameter on an object."""
    resource = principal_of(call.account_id, kind, name)
    for tag in _json_list(call, "Tag"):
        call.world.table(Tag).put(
            Tag(
                key=f"{resource}/{tag['Key']}",
                resource=resource,
                tag_key=tag["Key"],
                tag_value=tag.get("Value", ""),
            )
        )


def delete_tags(world: World, account_id: str, kind: str, name: str) -> None:
    """Remove all tags of an object that is deleted."""
    for tag in world.table(Tag).find(resource=principal_of(account_id, kind, name)):
        world.table(Tag).delete(tag.key)


@action("ram", "TagResources")
def tag_resources(call: Call) -> Members:
    """Put tags on objects of one type."""
    for name in _json_list(call, "ResourceNames"):
        put_given_tags(call, _kind(call), name)
    return {}


@action("ram", "UntagResources")
def untag_resources(call: Call) -> Members:
    """Take tags off; clients name the keys as a JSON list, as `TagKey.N`, or as both."""
    keys = set(_json_list(call, "TagKeys")) | set(_json_list(call, "TagKey"))
    for name in _json_list(call, "ResourceNames"):
        resource = principal_of(call.account_id, _kind(call), name)
        for key in keys:
            call.world.table(Tag).delete(f"{resource}/{key}")
    return {}


@action("ram", "ListTagResources")
def list_tag_resources(call: Call) -> Members:
    """Tags of objects of one type: a flat list, unlike other listings of RAM."""
    found = [
        {
            "ResourceType": _kind(call),
            "ResourceName": name,
            "TagKey": tag.tag_key,
            "TagValue": tag.tag_value,
        }
        for name in _json_list(call, "ResourceNames")
        for tag in call.world.table(Tag).find(
            resource=principal_of(call.account_id, _kind(call), name)
        )
    ]
    return {"TagResources": found}


def _kind(call: Call) -> str:
    kind = str(call.get("ResourceType", ""))
    if kind not in TYPES:
        raise ApiError("InvalidParameter.ResourceType", "The resource type is not supported.")
    return kind


def _json_list(call: Call, name: str) -> list[Any]:
    value = call.get(name) or []
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ApiError(f"InvalidParameter.{name}", f"{name} is not valid.") from None
    return list(value)
