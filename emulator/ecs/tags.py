"""Tags on everything of ECS that is modelled and can have them.

Source: ECS 2014-05-26 API reference, TagResources, UntagResources, ListTagResources, DescribeTags.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from emulator.ecs import resources as arns
from emulator.ecs.assistant_tables import Invocation
from emulator.ecs.listing import given_tags, has_tags, is_given, page
from emulator.ecs.places import check_region
from emulator.ecs.tables import Disk, Image, Instance, LaunchTemplate, SecurityGroup, Snapshot
from emulator.service import ApiError, Call, Members, action

TAGGABLE: dict[str, tuple[type[Any], str]] = {
    "instance": (Instance, "instance_id"),
    "disk": (Disk, "disk_id"),
    "snapshot": (Snapshot, "snapshot_id"),
    "image": (Image, "image_id"),
    "securitygroup": (SecurityGroup, "security_group_id"),
    "launchtemplate": (LaunchTemplate, "template_id"),
    "invocation": (Invocation, "invoke_id"),
}
COUNTED_AS = {
    "instance": "Instance",
    "disk": "Disk",
    "snapshot": "Snapshot",
    "image": "Image",
    "securitygroup": "Securitygroup",
    "launchtemplate": "LaunchTemplate",
}
MOST_TAGS = 20
TAGS_PER_PAGE = 50
LARGEST_PAGE = 100


@action("ecs", "TagResources", resources=arns.tagged)
def tag_resources(call: Call) -> Members:
    """Put tags on resources of one type; when one of them cannot have them, none gets them."""
    given = checked_tags(call)
    resources = _named(call)
    for resource in resources:
        if len(resource.tags | given) > MOST_TAGS:
            raise ApiError(
                "OperationDenied.QuotaExceed",
                "The quota of tags on resource is beyond permitted range.",
            )
    for resource in resources:
        call.world.table(type(resource)).put(replace(resource, tags=resource.tags | given))
    return {}


@action("ecs", "UntagResources", resources=arns.tagged)
def untag_resources(call: Call) -> Members:
    """Take tags off; all of them on request, where no key is named."""
    keys = set(call.get("TagKey") or [])
    for resource in _named(call):
        everything = call.get("All") and not keys
        kept = {} if everything else {k: v for k, v in resource.tags.items() if k not in keys}
        call.world.table(type(resource)).put(replace(resource, tags=kept))
    return {}


@action("ecs", "ListTagResources")
def list_tag_resources(call: Call) -> Members:
    """Tags of the resources named, of those that have certain tags, or of those that are both."""
    filters = call.get("TagFilter") or []
    if not call.get("ResourceId") and not call.get("Tag") and not filters:
        raise ApiError(
            "BothEmpty.TagsAndResources",
            "The specified Tags and ResourcesIds are not allow to both empty.",
            403,
        )
    if call.get("Tag") and filters:
        raise ApiError(
            "InvalidTags.MalFormed", "The tags must be empty, when the tagFilters is not empty."
        )
    kind = call.get("ResourceType")
    key_field = _taggable(kind)[1]
    found = _named(call) if call.get("ResourceId") else list(_all(call, kind))
    rows = [
        (getattr(resource, key_field), key, value)
        for resource in found
        if has_tags(call, resource.tags) and all(_fits(f, resource.tags) for f in filters)
        for key, value in resource.tags.items()
    ]
    shown, described = page(
        call,
        rows,
        TAGS_PER_PAGE,
        lambda row: {
            "ResourceId": row[0],
            "ResourceType": kind,
            "TagKey": row[1],
            "TagValue": row[2],
        },
        default=TAGS_PER_PAGE,
        by_token=True,
    )
    return {"TagResources": {"TagResource": shown}, "NextToken": described["NextToken"]}


@action("ecs", "DescribeTags")
def describe_tags(call: Call) -> Members:
    """Every tag in use, with how many resources of each type carry it."""
    check_region(call)
    kind = call.get("ResourceType")
    kinds = [kind] if kind else list(COUNTED_AS)
    wanted = given_tags(call)
    counts: dict[tuple[str, str], Counter[str]] = {}
    for each in kinds:
        key_field = _taggable(each)[1]
        column = COUNTED_AS.get(each, each)
        for resource in _all(call, each):
            if not is_given(call.get("ResourceId"), getattr(resource, key_field)):
                continue
            for key, value in resource.tags.items():
                if not wanted or (key in wanted and wanted[key] in {None, value}):
                    counted = counts.setdefault((key, value), Counter())
                    counted[column] += 1
    shown, described = page(
        call,
        sorted(counts),
        LARGEST_PAGE,
        lambda tag: {"TagKey": tag[0], "TagValue": tag[1], "ResourceTypeCount": counts[tag]},
        default=TAGS_PER_PAGE,
    )
    described.pop("NextToken")
    return {"Tags": {"Tag": shown}, **described}


def checked_tags(call: Call) -> dict[str, str]:
    """The tags that a call puts on something.

    Raises:
        ApiError: `Duplicate.TagKey`, `InvalidTagKey.Malformed`, `InvalidTagValue.Malformed`.
    """
    listed = call.get("Tag") or []
    tags = {key: value or "" for key, value in given_tags(call).items()}
    if len(tags) < len(listed):
        raise ApiError("Duplicate.TagKey", "The Tag.N.Key contain duplicate key.")
    for key, value in tags.items():
        if not key or key.lower().startswith(("aliyun", "acs:")) or _has_address(key):
            raise ApiError("InvalidTagKey.Malformed", "The specified Tag.n.Key is not valid.")
        if value.startswith("acs:") or _has_address(value):
            raise ApiError("InvalidTagValue.Malformed", "The specified Tag.n.Value is not valid.")
    return tags


def _has_address(text: str) -> bool:
    return "http://" in text or "https://" in text


def _taggable(kind: str | None) -> tuple[type[Any], str]:
    found = TAGGABLE.get(kind or "")
    if found is None:
        raise ApiError(
            "InvalidResourceType.NotFound",
            "The ResourceType provided does not exist in our records.",
            404,
        )
    return found


def _all(call: Call, kind: str | None) -> Iterator[Any]:
    table = call.world.table(_taggable(kind)[0])
    yield from table.find(account_id=call.account_id, region=call.get("RegionId"))


def _named(call: Call) -> list[Any]:
    table, _ = _taggable(call.get("ResourceType"))
    ids = call.get("ResourceId") or []
    found = []
    for resource_id in dict.fromkeys(ids):
        resource = call.world.table(table).get(resource_id)
        if (
            resource is None
            or resource.account_id != call.account_id
            or resource.region != call.get("RegionId")
        ):
            raise ApiError(
                "InvalidResourceId.NotFound",
                "The specified ResourceIds are not found in our records.",
                404,
            )
        found.append(resource)
    return found


def _fits(wanted: dict[str, Any], tags: dict[str, str]) -> bool:
    """Whether one tag fits a filter; a star stands for any text at either end of its parts."""
    pattern, values = str(wanted.get("TagKey", "")), wanted.get("TagValues") or ["*"]
    return any(
        fnmatchcase(key, pattern) and any(fnmatchcase(value, str(v)) for v in values)
        for key, value in tags.items()
    )
