"""Tags on source servers and replication jobs.

Source: SMC 2019-06-01, TagResources, UntagResources, ListTagResources.
"""

from dataclasses import replace
from typing import Any

from emulator.service import ApiError, Call, Members, action
from emulator.smc.listing import has_tags
from emulator.smc.tables import ReplicationJob, SourceServer

TAGGABLE: dict[str, type[Any]] = {"sourceserver": SourceServer, "replicationjob": ReplicationJob}
MOST_TAGS = 20


def given_tags(call: Call) -> dict[str, str]:
    """The tags in a call."""
    return {tag["Key"]: tag.get("Value", "") for tag in call.get("Tag") or []}


def _resources(call: Call) -> list[tuple[str, Any]]:
    table = TAGGABLE[call.get("ResourceType")]
    ids = call.get("ResourceId") or []
    if len(set(ids)) < len(ids):
        raise ApiError("Duplicate.ResourceId", "The ResourceId contains duplicate values.")
    found = []
    for resource_id in ids:
        resource = call.world.table(table).get(resource_id)
        if resource is None or resource.account_id != call.account_id:
            raise ApiError("InvalidResourceId.NotFound", f"{resource_id} does not exist.")
        found.append((resource_id, resource))
    return found


@action("smc", "TagResources")
def tag_resources(call: Call) -> Members:
    """Put tags on resources of one type."""
    for _, resource in _resources(call):
        tags = resource.tags | given_tags(call)
        if len(tags) > MOST_TAGS:
            raise ApiError("NumberExceed.Tags", "The maximum number of Tags is exceeded.")
        call.world.table(type(resource)).put(replace(resource, tags=tags))
    return {}


@action("smc", "UntagResources")
def untag_resources(call: Call) -> Members:
    """Take tags off; all of them on request."""
    keys = set(call.get("TagKey") or [])
    for _, resource in _resources(call):
        kept = {} if call.get("All") else {k: v for k, v in resource.tags.items() if k not in keys}
        call.world.table(type(resource)).put(replace(resource, tags=kept))
    return {}


@action("smc", "ListTagResources")
def list_tag_resources(call: Call) -> Members:
    """Tags of the resources named, or of all of the type; with Tag only of those that have it.

    Not modelled: more than one page.
    """
    listed = [
        {
            "ResourceId": resource_id,
            "ResourceType": call.get("ResourceType"),
            "TagKey": key,
            "TagValue": value,
        }
        for resource_id, resource in _resources(call) or _all_resources(call)
        if has_tags(call, resource.tags)
        for key, value in resource.tags.items()
    ]
    return {"TagResources": {"TagResource": listed}, "NextToken": ""}


def _all_resources(call: Call) -> list[tuple[str, Any]]:
    table = call.world.table(TAGGABLE[call.get("ResourceType")])
    return [(getattr(r, table.spec.key), r) for r in table.find(account_id=call.account_id)]
