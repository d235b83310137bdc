"""Whom `watch` and `status` look at: the servers of a stack, or all jobs of an account."""

from dataclasses import dataclass
from pathlib import Path

import typer

from cli.stack_file import stack_settings
from cli.sweep import full_stack_name
from smc.accounts import verify_account
from smc.api.sts import get_caller_identity
from smc.clients import Clients
from smc.connection import Connection
from smc.fleet_plan import fleet_plan
from smc.handlers.fleet_look import FleetLook
from smc.settings import Settings


@dataclass(frozen=True, slots=True)
class Subject:
    """What the options say.

    Attributes:
        stack: name of the stack.
        organization: of the stack.
        account: all jobs of an account; the stack does not matter then.
        profile: of the Alibaba Cloud CLI; None for the default chain.
        credentials_file: the CLI's configuration file; None for the usual one.
        region: where the credentials are checked; SMC is one service for all regions.
        emulator: file in which a local emulator wrote its address; None for Alibaba Cloud.
    """

    stack: str
    organization: str
    account: bool
    profile: str | None
    credentials_file: Path | None
    region: str
    emulator: Path | None

    def look(self) -> FleetLook:
        """Somebody who looks at it. Neither Pulumi nor its state is asked.

        Raises:
            BadParameter: the options do not fit together.
            MigrationError: the settings have problems, or the credentials are refused.
        """
        if self.account:
            return FleetLook(self._clients_of_account(), None)
        if self.profile or self.credentials_file or self.emulator:
            raise typer.BadParameter("--profile, --credentials-file and --emulator need --account")
        settings = stack_settings(Path(), self.stack)
        return look_of_stack(settings, full_stack_name(Path(), self.stack, self.organization))

    def _clients_of_account(self) -> Clients:
        connection = Connection(
            account="",
            region=self.region,
            profile=self.profile,
            credentials_file=str(self.credentials_file) if self.credentials_file else None,
            emulator=str(self.emulator) if self.emulator else None,
        )
        account = get_caller_identity(Clients(connection)).account_id
        return Clients(connection.model_copy(update={"account": account}))


def look_of_stack(settings: Settings, name: str) -> FleetLook:
    """Somebody who looks at the servers of a stack with these settings and this full name.

    Raises:
        WrongAccountError: the credentials are of another account, or refused.
    """
    clients = Clients(settings.connection(settings.destination))
    verify_account(clients, "destination")
    return FleetLook(clients, fleet_plan(settings, name))
