"""Access as the settings ask for it: made in both accounts, or there already in the source's."""

from dataclasses import dataclass

import pulumi

from components.account_provider import account_provider
from components.destination_user_access import DestinationUserAccess
from components.source_account_access import SourceAccountAccess
from smc.clients import Clients
from smc.handlers.granted_access import NOTHING, granted_access
from smc.permissions import trusted_principal
from smc.policies import role_arn
from smc.settings import Settings
from smc.settings.rules import command_targets


@dataclass(frozen=True, slots=True)
class Access:
    """The role in the source account, and the resources that have to be there before it works."""

    role_arn: pulumi.Output[str]
    grants: list[pulumi.Resource]


def declare_access(settings: Settings, stack: str, parent: pulumi.Resource) -> Access:
    """Declare what grants access, each side through a provider of its own.

    What an interrupted update granted is taken over. A role that exists already is only named:
    nothing is declared in the source account, whose credentials are then not needed.
    """
    source, role = settings.source, settings.source.role
    grants: list[pulumi.Resource] = []
    granted = NOTHING
    if role.existing:
        arn = pulumi.Output.from_input(role_arn(source.account, role.name))
    else:
        provider = account_provider(
            "source-account", settings.connection(source), pulumi.ResourceOptions(parent=parent)
        )
        granted = granted_access(
            Clients(settings.connection(source)),
            Clients(settings.connection(settings.destination)),
            stack,
            role.name,
            role.policy_name,
            settings.destination.user,
        )
        made = SourceAccountAccess(
            "source-access",
            {
                "principal": trusted_principal(settings),
                "external_id": role.external_id,
                "commands_only_on": command_targets(source, settings.servers)
                if role.strict
                else None,
                "role_name": role.name,
                "policy_name": role.policy_name,
            },
            pulumi.ResourceOptions(parent=parent, providers=[provider]),
            granted=granted,
        )
        arn = made.role_arn
        grants.append(made)
    if settings.destination.user:
        provider = account_provider(
            "destination-account",
            settings.connection(settings.destination),
            pulumi.ResourceOptions(parent=parent),
        )
        grants.append(
            DestinationUserAccess(
                "destination-access",
                {"user_name": settings.destination.user},
                pulumi.ResourceOptions(
                    parent=parent, providers=[provider], depends_on=list(grants)
                ),
                granted=granted,
            )
        )
    return Access(arn, grants)
