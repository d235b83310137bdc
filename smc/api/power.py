"""ECS 2014-05-26: stopping and starting instances. Both only begin with the call."""

from smc.api._call import call, nothing
from smc.clients import Clients


def stop_instance(clients: Clients, region: str, instance_id: str) -> None:
    """Begin to stop a Running instance, as from its own menu; its address and place are kept.

    Raises:
        ApiError: among others `IncorrectInstanceStatus`.
    """
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    # In economical mode there may be no stock left when it is to be started again.
    request = ecs.StopInstanceRequest(instance_id=instance_id, stopped_mode="KeepCharging")
    call(clients, "ecs:StopInstance", clients.ecs(region).stop_instance, request, nothing)


def start_instance(clients: Clients, region: str, instance_id: str) -> None:
    """Begin to start a Stopped instance.

    Raises:
        ApiError: among others `IncorrectInstanceStatus`.
    """
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    request = ecs.StartInstanceRequest(instance_id=instance_id)
    call(clients, "ecs:StartInstance", clients.ecs(region).start_instance, request, nothing)
