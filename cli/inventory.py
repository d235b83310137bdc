"""What is in both accounts, asked with the official SDKs: nothing of a migration may be left."""

from dataclasses import dataclass

from smc.api._call import call
from smc.api.access_tokens import list_access_tokens
from smc.api.images import describe_images
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
        items += [
            Item("destination", "ECS", "image", f"{image.image_id} ({image.name})")
            for image in describe_images(destination, region)
        ]
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


def _ram(clients: Clients, side: str) -> list[Item]:
    from alibabacloud_ram20150501 import models  # noqa: PLC0415 - loaded on use

    ram = clients.ram()
    roles = call(
        clients,
        "ram:ListRoles",
        ram.list_roles,
        models.ListRolesRequest(),
        lambda body: [role.role_name for role in body.roles.role or []],
    )
    policies = call(
        clients,
        "ram:ListPolicies",
        ram.list_policies,
        models.ListPoliciesRequest(policy_type="Custom"),
        lambda body: [policy.policy_name for policy in body.policies.policy or []],
    )
    users = call(
        clients,
        "ram:ListUsers",
        ram.list_users,
        models.ListUsersRequest(),
        lambda body: [user.user_name for user in body.users.user or []],
    )
    items = [Item(side, "RAM", "role", role) for role in roles]
    items += [Item(side, "RAM", "custom policy", policy) for policy in policies]
    for user in users:
        attached = call(
            clients,
            "ram:ListPoliciesForUser",
            ram.list_policies_for_user,
            models.ListPoliciesForUserRequest(user_name=user),
            lambda body: [policy.policy_name for policy in body.policies.policy or []],
        )
        names = ", ".join(sorted(attached)) or "none"
        items.append(Item(side, "RAM", f"policies of {user}", names))
    return items
