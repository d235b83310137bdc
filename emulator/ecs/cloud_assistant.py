"""Cloud Assistant's agents: whether they answer, and installing one.

Source: ECS 2014-05-26 API reference, DescribeCloudAssistantStatus, InstallCloudAssistant.
"""

from dataclasses import replace
from typing import Any

from emulator.ecs.assistant_tables import InvocationResult
from emulator.ecs.listing import is_given, page
from emulator.ecs.places import check_region
from emulator.ecs.tables import Instance
from emulator.service import ApiError, Call, Members, action
from emulator.world import World, iso_seconds

LARGEST_PAGE = 50
AGENT_VERSION = "2.2.3.857"


def known_instances(call: Call, ids: list[str]) -> list[Instance]:
    """The instances named, in that order, each once.

    Raises:
        ApiError: `InvalidInstance.NotFound`.
    """
    instances = []
    for instance_id in dict.fromkeys(ids):
        instance = call.world.table(Instance).get(instance_id)
        if (
            instance is None
            or instance.account_id != call.account_id
            or instance.region != call.get("RegionId")
        ):
            raise ApiError(
                "InvalidInstance.NotFound", "The specified instance does not exist.", 404
            )
        instances.append(instance)
    return instances


def check_page(call: Call, largest: int = LARGEST_PAGE) -> None:
    """Cloud Assistant refuses pages that others cut to size.

    Raises:
        ApiError: `InvalidParam.PageNumber`, `InvalidParam.PageSize`, `InvalidParameter.MaxResults`.
    """
    limits = {
        "PageNumber": ("InvalidParam.PageNumber", 1, None),
        "PageSize": ("InvalidParam.PageSize", 1, largest),
        "MaxResults": ("InvalidParameter.MaxResults", 1, largest),
    }
    for name, (code, least, most) in limits.items():
        value = call.get(name)
        if value is not None and not least <= value <= (most or value):
            raise ApiError(code, f"The specified parameter {name} is invalid.")


@action("ecs", "DescribeCloudAssistantStatus")
def describe_cloud_assistant_status(call: Call) -> Members:
    """Whether the agents answer; where instances are named, all of them are shown."""
    region = check_region(call)
    check_page(call)
    ids = call.get("InstanceId") or []
    if ids:
        found = known_instances(call, ids)
    else:
        found = call.world.table(Instance).find(account_id=call.account_id, region=region)
    found = [i for i in found if is_given((call.get("OSType") or "").lower(), i.os_type)]
    shown, described = page(call, found, LARGEST_PAGE, lambda i: _status(call.world, i))
    if ids:
        shown = [_status(call.world, i) for i in found]
        described |= {"NextToken": ""}
    return {
        "InstanceCloudAssistantStatusSet": {"InstanceCloudAssistantStatus": shown},
        **described,
    }


@action("ecs", "InstallCloudAssistant")
def install_cloud_assistant(call: Call) -> Members:
    """Install the agent; it answers at once on an instance that runs."""
    check_region(call)
    for instance in known_instances(call, call.get("InstanceId")):
        call.world.table(Instance).put(
            replace(instance, cloud_assistant=True, cloud_assistant_error="")
        )
    return {}


def _status(world: World, instance: Instance) -> dict[str, Any]:
    answers = (
        instance.cloud_assistant
        and not instance.cloud_assistant_error
        and instance.status == "Running"
    )
    results = world.table(InvocationResult).find(instance_id=instance.instance_id)
    started = [result.started for result in results if result.started]
    return {
        "ActiveTaskCount": sum(r.status in {"Pending", "Running"} for r in results),
        "CloudAssistantStatus": "true" if answers else "false",
        "CloudAssistantVersion": AGENT_VERSION if instance.cloud_assistant else "",
        "InstanceId": instance.instance_id,
        "InvocationCount": len(started),
        "LastHeartbeatTime": iso_seconds(world.now) if answers else "",
        "LastInvokedTime": iso_seconds(max(started)) if started else "",
        "OSType": instance.os_type.title(),
        "SupportSessionManager": answers,
    }
