"""Tags of ECS: put on, taken off, listed and counted."""

from typing import Any

import pytest
from alibabacloud_ecs20140526 import models as sdk

from tests.support.cloud import Cloud
from tests.support.ecs_world import REGION, client, refusal


def listed(cloud: Cloud, kind: str, **wanted: Any) -> set[tuple[str, str, str]]:
    request = sdk.ListTagResourcesRequest(region_id=REGION, resource_type=kind, **wanted)
    found = client(cloud).list_tag_resources(request).body.tag_resources.tag_resource
    return {(tag.resource_id, tag.tag_key, tag.tag_value) for tag in found}


def put(kind: str, *ids: str, **tags: str) -> sdk.TagResourcesRequest:
    listed_tags = [sdk.TagResourcesRequestTag(key=key, value=tags[key]) for key in tags]
    return sdk.TagResourcesRequest(
        region_id=REGION, resource_type=kind, resource_id=list(ids), tag=listed_tags
    )


@pytest.mark.parametrize(
    ("kind", "resource_id"),
    [
        ("instance", "i-stopped"),
        ("disk", "d-data"),
        ("snapshot", "s-old"),
        ("image", "m-mine"),
        ("securitygroup", "sg-other"),
        ("launchtemplate", "lt-small"),
    ],
)
def test_everything_can_be_tagged(ecs_cloud: Cloud, kind: str, resource_id: str) -> None:
    ecs = client(ecs_cloud)
    ecs.tag_resources(put(kind, resource_id, colour="red", size="big"))
    assert (resource_id, "colour", "red") in listed(ecs_cloud, kind, resource_id=[resource_id])
    ecs.untag_resources(
        sdk.UntagResourcesRequest(
            region_id=REGION, resource_type=kind, resource_id=[resource_id], tag_key=["colour"]
        )
    )
    left = listed(ecs_cloud, kind, resource_id=[resource_id])
    assert (resource_id, "size", "big") in left
    assert (resource_id, "colour", "red") not in left
    ecs.untag_resources(
        sdk.UntagResourcesRequest(
            region_id=REGION, resource_type=kind, resource_id=[resource_id], all=True
        )
    )
    assert listed(ecs_cloud, kind, resource_id=[resource_id]) == set()


def test_resources_are_found_by_tag_and_by_filter(ecs_cloud: Cloud) -> None:
    by_key = listed(ecs_cloud, "instance", tag=[sdk.ListTagResourcesRequestTag(key="tier")])
    assert {resource_id for resource_id, _, _ in by_key} == {"i-web", "i-stopped"}
    filtered = listed(
        ecs_cloud, "instance", tag_filter=[sdk.ListTagResourcesRequestTagFilter(tag_key="te*")]
    )
    assert {resource_id for resource_id, _, _ in filtered} == {"i-web"}


def test_many_tags_come_in_pages(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    ids = ["d-system", "d-data", "d-spare"]
    ecs.tag_resources(put("disk", *ids, **{f"key-{n}": "x" for n in range(20)}))
    request = sdk.ListTagResourcesRequest(region_id=REGION, resource_type="disk", resource_id=ids)
    first = ecs.list_tag_resources(request).body
    request.next_token = first.next_token
    second = ecs.list_tag_resources(request).body
    lengths = [len(body.tag_resources.tag_resource) for body in (first, second)]
    assert (lengths, second.next_token) == ([50, 10], "")


def test_only_the_region_asked_for_is_listed(ecs_cloud: Cloud) -> None:
    request = sdk.ListTagResourcesRequest(
        region_id="cn-beijing",
        resource_type="instance",
        tag=[sdk.ListTagResourcesRequestTag(key="tier")],
    )
    assert client(ecs_cloud).list_tag_resources(request).body.tag_resources.tag_resource == []


@pytest.mark.parametrize(
    ("tags", "ids", "code"),
    [
        ({"acs:owner": "x"}, ["i-web"], "InvalidTagKey.Malformed"),
        ({"aliyun-x": "x"}, ["i-web"], "InvalidTagKey.Malformed"),
        ({"x": "http://x"}, ["i-web"], "InvalidTagValue.Malformed"),
        ({"x": "x"}, ["i-web", "i-none"], "InvalidResourceId.NotFound"),
        ({f"k{n}": "x" for n in range(19)}, ["i-web"], "OperationDenied.QuotaExceed"),
    ],
)
def test_refused_tags_are_on_nothing(
    ecs_cloud: Cloud, tags: dict[str, str], ids: list[str], code: str
) -> None:
    before = listed(ecs_cloud, "instance", resource_id=["i-web"])
    assert refusal(client(ecs_cloud).tag_resources, put("instance", *ids, **tags)) == code
    assert listed(ecs_cloud, "instance", resource_id=["i-web"]) == before


def test_a_listing_needs_something_to_go_by(ecs_cloud: Cloud) -> None:
    request = sdk.ListTagResourcesRequest(region_id=REGION, resource_type="instance")
    refused = refusal(client(ecs_cloud).list_tag_resources, request)
    assert refused == "BothEmpty.TagsAndResources"


def test_tags_are_counted_by_type(ecs_cloud: Cloud) -> None:
    def counts(**wanted: Any) -> dict[tuple[str, str], Any]:
        request = sdk.DescribeTagsRequest(region_id=REGION, **wanted)
        found = client(ecs_cloud).describe_tags(request).body.tags.tag
        return {(t.tag_key, t.tag_value): t.resource_type_count for t in found}

    everything = counts()
    assert set(everything) == {("team", "a"), ("tier", "back"), ("tier", "front")}
    front = everything["tier", "front"]
    assert (front.instance, front.securitygroup, front.disk) == (1, 1, None)
    assert set(counts(tag=[sdk.DescribeTagsRequestTag(key="tier", value="back")])) == {
        ("tier", "back")
    }
    assert set(counts(resource_type="securitygroup")) == {("tier", "front")}
