"""Tags on roles and policies. Their actions take JSON lists where ECS and SMC take `Tag.1.Key`.

Source: RAM 2015-05-01, TagResources, UntagResources, ListTagResources.
"""

from emulator.identity.tables import Policy, Role, Tag, key_of, principal_of
from emulator.ram import resources
from emulator.ram.pages import cut
from emulator.service import ApiError, Call, Members, action
from emulator.world import World

OWNERS: dict[str, type[Role | Policy]] = {"role": Role, "policy": Policy}
MOST_TAGS = 20
LARGEST_PAGE = 100


def put_given_tags(call: Call, kind: str, name: str) -> None:
    """Put the call's `Tag` parameter on an object."""
    resource = principal_of(call.account_id, kind, name)
    given = call.get("Tag") or []
    for tag in given:
        if not tag.get("Key"):
            raise ApiError("InvalidParameter.Tag", "A tag needs a key.")
        call.world.table(Tag).put(
            Tag(
                key=f"{resource}/{tag['Key']}",
                resource=resource,
                tag_key=tag["Key"],
                tag_value=tag.get("Value", ""),
            )
        )
    if len(call.world.table(Tag).find(resource=resource)) > MOST_TAGS:
        raise ApiError("LimitExceeded.Tag", f"An object has at most {MOST_TAGS} tags.", 409)


def has_given_tags(call: Call, kind: str, name: str) -> bool:
    """Whether an object has all tags of the call's `Tag` parameter; a key without value is any."""
    tags = _tags(call, kind, name)
    return all(
        any(
            tag.tag_key == wanted.get("Key") and wanted.get("Value") in {None, "", tag.tag_value}
            for tag in tags
        )
        for wanted in call.get("Tag") or []
    )


def tag_members(call: Call, kind: str, name: str) -> list[Members]:
    """The tags of an object as listings show them."""
    return [{"TagKey": t.tag_key, "TagValue": t.tag_value} for t in _tags(call, kind, name)]


def _tags(call: Call, kind: str, name: str) -> list[Tag]:
    return call.world.table(Tag).find(resource=principal_of(call.account_id, kind, name))


def delete_tags(world: World, account_id: str, kind: str, name: str) -> None:
    """Remove all tags of an object that is deleted."""
    for tag in world.table(Tag).find(resource=principal_of(account_id, kind, name)):
        world.table(Tag).delete(tag.key)


@action("ram", "TagResources", resources=resources.tagged)
def tag_resources(call: Call) -> Members:
    """Put tags on objects of one type."""
    for name in _names(call):
        put_given_tags(call, call.get("ResourceType"), name)
    return {}


@action("ram", "UntagResources", resources=resources.tagged)
def untag_resources(call: Call) -> Members:
    """Take tags off: those named, as a JSON list, as `TagKey.N` or as both, or else all."""
    keys = {*(call.get("TagKeys") or []), *(call.get("TagKey") or [])}
    every = call.get("All") and not keys
    for name in _names(call):
        for tag in _tags(call, call.get("ResourceType"), name):
            if every or tag.tag_key in keys:
                call.world.table(Tag).delete(tag.key)
    return {}


@action("ram", "ListTagResources", resources=resources.tagged)
def list_tag_resources(call: Call) -> Members:
    """Tags of objects of one type by pages: a flat list, unlike other listings of RAM."""
    kind = call.get("ResourceType")
    every = [
        owner.name for owner in call.world.table(OWNERS[kind]).find(account_id=call.account_id)
    ]
    found = [
        {"ResourceType": kind, "ResourceName": name, **tag}
        for name in call.get("ResourceNames") or every
        if has_given_tags(call, kind, name)
        for tag in tag_members(call, kind, name)
    ]
    size = call.get("PageSize") or LARGEST_PAGE
    shown, following = cut(call.get("NextToken"), size, found, parameter="NextToken")
    return {"TagResources": list(shown)} | ({"NextToken": following} if following else {})


def _names(call: Call) -> list[str]:
    """The objects that the call is about; all of them must exist."""
    kind = str(call.get("ResourceType"))
    names: list[str] = call.get("ResourceNames")
    for name in names:
        if call.world.table(OWNERS[kind]).get(key_of(call.account_id, name)) is None:
            title = kind.title()
            raise ApiError(f"EntityNotExist.{title}", f"The {kind} does not exist: {name}.", 404)
    return names
