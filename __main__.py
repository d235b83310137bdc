"""The Pulumi program: the migration that the stack's configuration describes."""

import pulumi

from components import Migration
from smc.accounts import verify_account
from smc.clients import Clients
from smc.errors import MigrationError
from smc.settings import Settings, load_settings


def declare(settings: Settings) -> None:
    """Verify both accounts, then declare the migration and its outputs."""
    for side in ("source", "destination"):
        verify_account(Clients(settings.connection(getattr(settings, side))), side)
    migration = Migration(pulumi.get_stack(), settings)
    pulumi.export("roleArn", migration.role_arn)
    pulumi.export("results", migration.results)
    pulumi.export("failures", migration.failures)
    # Not exported, so that the outputs above are recorded before the update fails.
    migration.failures.apply(fail_if_any)


def fail_if_any(failures: dict[str, str]) -> None:
    """End the update with an error if a server is not migrated; the rest is recorded."""
    if failures:
        servers = ", ".join(failures)
        raise pulumi.RunError(f"not migrated: {servers}. The reasons are above, wave by wave.")


try:
    declare(load_settings(pulumi.Config().require_object("migration")))
except MigrationError as error:
    raise pulumi.RunError(str(error)) from None
