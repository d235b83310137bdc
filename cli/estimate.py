"""`python -m cli estimate`: what the next `pulumi up` will take, as the preview tells it."""

from cli.drill import drill_reports
from cli.pulumi_stack import PulumiStack
from smc.accounts import verify_account
from smc.clients import Clients
from smc.errors import MigrationError
from smc.estimate.fleet import Estimate
from smc.handlers.context import Context
from smc.handlers.fleet_estimate import Reports, fleet_estimate
from smc.settings import Settings


def stack_estimate(
    settings: Settings, stack: str, name: str, embedded: PulumiStack | None
) -> Estimate:
    """The estimate of a stack's servers, with what its drills found if Pulumi tells.

    Args:
        settings: its configuration.
        stack: its full name, see `smc.ownership`.
        name: its name to Pulumi.
        embedded: Pulumi with a home of its own; None for the user's own Pulumi.
    """
    verify_account(Clients(settings.connection(settings.destination)), "destination")
    return fleet_estimate(settings, stack, _reports(name, embedded), Context())


def _reports(name: str, embedded: PulumiStack | None) -> Reports:
    try:
        return drill_reports(name, embedded)
    except MigrationError:
        # Before the first update there is no stack yet, and so no drill.
        return {}
