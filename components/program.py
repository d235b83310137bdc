"""A whole Pulumi program: the migration that the stack's configuration describes."""

import atexit
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import pulumi

from components.migration import Migration
from smc.accounts import verify_account
from smc.clients import Clients
from smc.errors import MigrationError
from smc.handlers.wave_run import NOT_MIGRATED
from smc.settings import Settings, load_settings
from smc.side_by_side import side_by_side

NAMESPACE = "smc-migration"
"""Namespace of the configuration, whatever the project is called."""

ERROR_IS_SHOWN = 32
"""Exit code that tells Pulumi's Python language host that the user has been told why."""


def run() -> None:
    """Declare the migration under `smc-migration:migration` in the stack's configuration.

    Ends the process with an error, which the user has been told, if the settings have problems, the
    accounts are not the ones that they name, or a server could not be migrated.
    """
    try:
        _declare(load_settings(pulumi.Config(NAMESPACE).require_object("migration")))
    except MigrationError as error:
        pulumi.log.error(str(error))
        sys.exit(ERROR_IS_SHOWN)


def _declare(settings: Settings) -> None:
    """Verify both accounts, then declare the migration and its outputs."""
    # Of an account whose role is only used, no credentials are needed; the role's ARN names it.
    own_role = not settings.source.role.existing
    sides = ("source", "destination") if own_role else ("destination",)
    side_by_side(
        lambda side: verify_account(Clients(settings.connection(getattr(settings, side))), side),
        sides,
    )
    migration = Migration(pulumi.get_stack(), settings)
    pulumi.export("roleArn", migration.role_arn)
    pulumi.export("results", migration.results)
    pulumi.export("failures", migration.failures)
    pulumi.export("drillReports", migration.drill_reports)
    migration.failures.apply(_fail_if_any)
    if pulumi.runtime.is_dry_run():
        pulumi.run(partial(_fail_if_refused, migration.refused, migration.over_budget))
    else:
        pulumi.run(partial(_wait_for, migration.failures))


def _fail_if_any(failures: dict[str, str]) -> None:
    """Let the update fail if a server is not migrated; each wave has said why.

    The program goes on to its normal end, for only then the outputs are recorded; what it must not
    do is to end with 0.
    """
    if failures:
        pulumi.log.error(f"{NOT_MIGRATED}{', '.join(sorted(failures))}")
        atexit.register(os._exit, ERROR_IS_SHOWN)


async def _wait_for(failures: pulumi.Output[dict[str, str]]) -> None:
    """Wait until all servers have ended; a resource that failed is Pulumi's to tell.

    Without it Pulumi waits by itself, for all outputs that are pending, anew whenever one is done:
    of a thousand servers that was a quarter of the work of an update.
    """
    with suppress(Exception):
        await failures.future()


async def _fail_if_refused(
    refused: Sequence[pulumi.Output[dict[str, str] | None]], over_budget: pulumi.Output[str]
) -> None:
    """Let a preview fail, once all is shown, if a change is refused or it would cost too much.

    The row of a refused change has said why.
    """
    too_much = await over_budget.future()
    if too_much:
        pulumi.log.error(too_much)
    servers = [name for each in refused for name in await each.future() or {}]
    if servers:
        pulumi.log.error(f"RefusedError: nothing would be done with: {', '.join(sorted(servers))}")
    if servers or too_much:
        sys.exit(ERROR_IS_SHOWN)
