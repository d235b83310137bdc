"""ECS 2014-05-26: making one pay-as-you-go instance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from smc.api._call import call
from smc.api._fields import needed
from smc.clients import Clients

if TYPE_CHECKING:
    from alibabacloud_ecs20140526 import models as ecs

LONGEST_NAME = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInstance:
    """An instance to be made; what is empty is for the launch template or ECS to decide.

    Attributes:
        name: 2 to 128 characters, a letter first.
        image_id: the image that it is made of.
        tags: tags of the instance and its disks.
        released_at: when ECS releases it by itself: at least half an hour, at most three years
            ahead; seconds are cut off.
        client_token: the same token and parameters give the same instance.
        instance_type: its type.
        vswitch: vSwitch that it is in.
        security_group: its security group.
        disk_category: category of its system disk.
        public_bandwidth: Mbit/s of its public address; 0: it has none.
        template_id: ECS launch template.
        template_version: its version.
    """

    name: str
    image_id: str
    tags: Mapping[str, str]
    released_at: datetime
    client_token: str
    instance_type: str = ""
    vswitch: str = ""
    security_group: str = ""
    disk_category: str = ""
    public_bandwidth: int = 0
    template_id: str = ""
    template_version: str = ""


def run_instance(clients: Clients, region: str, new: NewInstance) -> str:
    """Make and start an instance, and return its id; it is Running about a minute later.

    Raises:
        ApiError: among others `OperationDenied.NoStock`, `InvalidVSwitchId.NotFound`,
            `QuotaExceed.ElasticQuota`, `IdempotentParameterMismatch`.
    """
    from alibabacloud_ecs20140526 import models as ecs  # noqa: PLC0415 - loaded on use

    method = clients.ecs(region).run_instances
    return call(clients, "ecs:RunInstances", method, _request(ecs, region, new), _first_id)


def _first_id(body: Any) -> str:
    made = body.instance_id_sets.instance_id_set if body.instance_id_sets else None
    return str(needed(next(iter(made or ()), None), "InstanceIdSets"))


def _request(models: "type[ecs]", region: str, new: NewInstance) -> "ecs.RunInstancesRequest":
    disk = new.disk_category
    return models.RunInstancesRequest(
        region_id=region,
        client_token=new.client_token,
        image_id=new.image_id,
        instance_name=new.name[:LONGEST_NAME],
        instance_type=new.instance_type or None,
        v_switch_id=new.vswitch or None,
        security_group_id=new.security_group or None,
        system_disk=models.RunInstancesRequestSystemDisk(category=disk) if disk else None,
        internet_max_bandwidth_out=new.public_bandwidth or None,
        launch_template_id=new.template_id or None,
        launch_template_version=int(new.template_version) if new.template_version else None,
        auto_release_time=f"{new.released_at:%Y-%m-%dT%H:%M:00Z}",
        tag=[models.RunInstancesRequestTag(key=k, value=v) for k, v in new.tags.items()],
        # Whatever a launch template says: one instance that can be released at any time.
        amount=1,
        instance_charge_type="PostPaid",
        deletion_protection=False,
    )
