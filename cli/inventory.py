"""What is in both accounts, asked with the official SDKs: nothing of a migration may be left."""

from dataclasses import dataclass

from smc.api._call import call
from smc.api.access_tokens import list_access_tokens
from smc.api.instances import describe_disks, describe_instances
from smc.api.replication_jobs import describe_replication_jobs
from smc.api.source_servers import describe_source_servers
from smc.clients import Clients
from smc.settings import Settings


@dataclass(frozen=True, slots=True)
class Item:
    """Something that exists in an account."""

    side: str
    service: str
    kind: str
    name: str


def list_accounts(settings: Settings) -> list[Item]:
    """Everything in both accounts that a migration can create, change or leave behind."""
    source = Clients(settings.connection(settings.source))
    destination = Clients(settings.connection(settings.destination))
    regions = sorted(
        {s.target.region or settings.destination.region for s in settings.servers.values()}
    )
    items = [
        Item("source", "ECS", f"instance, {i.status}", f"{i.instance_id} ({i.name})")
        for i in describe_instances(source, settings.source.region)
    ]
    items += _ram(source, "source")
    for region in regions:
        for instance in describe_instances(destination, region):
            name = f"{instance.instance_id} ({instance.name}), {instance.os_name}"
            items.append(Item("destination", "ECS", f"instance, {instance.status}", name))
            items += [
                Item("destination", "ECS", f"{d.type} disk", f"{d.disk_id} of {d.instance_id}")
                for d in describe_disks(destination, region, instance.instance_id)
            ]
        items += _images(destination, region)
    items += [
        Item("destination", "SMC", "source server", f"{s.source_id} ({s.name})")
        for s in describe_source_servers(destination)
    ]
    items += [
        Item("destination", "SMC", f"replication job, {j.status}", f"{j.job_id} ({j.name})")
        for j in describe_replication_jobs(destination)
    ]
    items += [
        Item("destination", "SMC", "activation code", f"{t.access_token_id} ({t.name})")
        for t in list_access_tokens(destination)
    ]
    return items + _ram(destination, "destination")


def _images(clients: Clients, region: str) -> list[Item]:
    from alibabacloud_ecs20140526 import models  # noqa: PLC0415 - loaded on use

    request = models.DescribeImagesRequest(
        region_id=region, image_owner_alias="self", page_size=100
    )
    body = call(clients, "ecs:DescribeImages", clients.ecs(region).describe_images, request)
    return [
        Item("destination", "ECS", "image", f"{i.image_id} ({i.image_name})")
        for i in body.images.image or []
    ]


def _ram(clients: Clients, side: str) -> list[Item]:
    from alibabacloud_ram20150501 import models  # noqa: PLC0415 - loaded on use

    ram = clients.ram()
    roles = call(clients, "ram:ListRoles", ram.list_roles, models.ListRolesRequest())
    policies = call(
        clients,
        "ram:ListPolicies",
        ram.list_policies,
        models.ListPoliciesRequest(policy_type="Custom"),
    )
    users = call(clients, "ram:ListUsers", ram.list_users, models.ListUsersRequest())
    items = [Item(side, "RAM", "role", role.role_name) for role in roles.roles.role or []]
    items += [
        Item(side, "RAM", "custom policy", policy.policy_name)
        for policy in policies.policies.policy or []
    ]
    for user in users.users.user or []:
        request = models.ListPoliciesForUserRequest(user_name=user.user_name)
        attached = call(
            clients, "ram:ListPoliciesForUser", ram.list_policies_for_user, request
        ).policies.policy
        names = ", ".join(sorted(p.policy_name for p in attached or [])) or "none"
        items.append(Item(side, "RAM", f"policies of {user.user_name}", names))
    return items
