"""ECS 2014-05-26: Cloud Assistant, which runs commands inside instances."""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from smc.api._call import call
from smc.api._fields import needed, total_count
from smc.api._paging import SMC_PAGE, all_pages, batches
from smc.clients import Clients
from smc.models import Invocation

if TYPE_CHECKING:
    from alibabacloud_ecs20140526 import models as ecs

COMMAND_BATCH = 100
"""Most instances in one RunCommand; one that does not qualify fails the whole call."""

STATUS_BATCH = 50
"""Instances in one DescribeCloudAssistantStatus: its page is at most 50, its id list 100."""


def available_instances(
    clients: Clients, region: str, instance_ids: Sequence[str]
) -> frozenset[str]:
    """Those of the instances whose Cloud Assistant agent answers."""
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    available: set[str] = set()
    for batch in batches(instance_ids, STATUS_BATCH):
        request = ecs.DescribeCloudAssistantStatusRequest(
            region_id=region, instance_id=batch, page_number=1, page_size=STATUS_BATCH
        )
        method = clients.ecs(region).describe_cloud_assistant_status
        available |= call(clients, "ecs:DescribeCloudAssistantStatus", method, request, _answering)
    return frozenset(available)


def _answering(body: Any) -> set[str]:
    total_count(body)
    statuses = body.instance_cloud_assistant_status_set
    listed = statuses.instance_cloud_assistant_status if statuses else None
    return {s.instance_id for s in listed or [] if str(s.cloud_assistant_status).lower() == "true"}


def run_command(
    clients: Clients,
    region: str,
    instance_ids: Sequence[str],
    *,
    name: str,
    os_type: str,
    script: str,
    timeout_seconds: int,
    client_token: str,
) -> str:
    """Run a script once on up to 100 instances of one system and return the invocation's id.

    The command is not kept, but DescribeInvocations shows its text for weeks.

    Raises:
        ApiError: among others `InvalidInstance.NotMatch`, `InvalidInstance.NotFound`.
    """
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    request = ecs.RunCommandRequest(
        region_id=region,
        instance_id=list(instance_ids),
        name=name,
        type="RunPowerShellScript" if os_type == "windows" else "RunShellScript",
        command_content=base64.b64encode(script.encode()).decode(),
        content_encoding="Base64",
        keep_command=False,
        timeout=timeout_seconds,
        client_token=client_token,
    )
    method = clients.ecs(region).run_command
    return call(clients, "ecs:RunCommand", method, request, _invoke_id)


def _invoke_id(body: Any) -> str:
    return str(needed(body.invoke_id, "InvokeId"))


def describe_invocation(clients: Clients, region: str, invoke_id: str) -> list[Invocation]:
    """What a command has come to on each of its instances, with its output."""
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    request = ecs.DescribeInvocationsRequest(
        region_id=region, invoke_id=invoke_id, include_output=True, content_encoding="PlainText"
    )
    return _invocations(clients, region, request)


def describe_invocations_of(clients: Clients, region: str, command_name: str) -> list[str]:
    """Ids of the invocations of commands with this name, newest first, of the last weeks."""
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    request = ecs.DescribeInvocationsRequest(region_id=region, command_name=command_name)
    return list(dict.fromkeys(i.invoke_id for i in _invocations(clients, region, request)))


def _invocations(
    clients: Clients, region: str, request: "ecs.DescribeInvocationsRequest"
) -> list[Invocation]:
    def page(number: int) -> tuple[list[list[Invocation]], int]:
        request.page_number = number
        request.page_size = SMC_PAGE
        method = clients.ecs(region).describe_invocations
        return call(clients, "ecs:DescribeInvocations", method, request, _by_command)

    return [invocation for of_command in all_pages(page, SMC_PAGE) for invocation in of_command]


def _by_command(body: Any) -> tuple[list[list[Invocation]], int]:
    listed = body.invocations.invocation if body.invocations else None
    by_command = [
        [
            _invocation(needed(given.invoke_id, "InvokeId"), on_instance)
            for on_instance in (given.invoke_instances.invoke_instance or [])
        ]
        for given in listed or []
    ]
    return by_command, total_count(body)


def _invocation(invoke_id: str, given: Any) -> Invocation:
    return Invocation(
        invoke_id=invoke_id,
        instance_id=needed(given.instance_id, "InstanceId"),
        status=given.invocation_status or "",
        output=given.output or "",
        exit_code=None if given.exit_code is None else int(given.exit_code),
        error_code=given.error_code or "",
        error_info=given.error_info or "",
    )
