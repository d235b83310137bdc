"""Time and cost of what is left to migrate, in a preview."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from smc.errors import MigrationError
from smc.estimate.fleet import UNKNOWN, Estimate
from smc.estimate.text import lines, row_line
from smc.handlers.context import Context
from smc.handlers.fleet_estimate import fleet_estimate
from smc.settings import Settings

LONGEST_LIST = 20


def show_estimate(
    settings: Settings,
    stack: str,
    results: Sequence[pulumi.Output[Any]],
    reports: Sequence[pulumi.Output[Any]],
    row: pulumi.Resource,
    jobs: Mapping[str, pulumi.Resource],
) -> pulumi.Output[str]:
    """Look at what is to be moved if a wave has something to do, and say how long and how much.

    Args:
        settings: the configuration.
        stack: see `smc.ownership`.
        results: of the waves: one that is not known has something to do.
        reports: of their drills.
        row: the resource on whose row the whole is said.
        jobs: server -> the resource on whose row its own part is said.

    Returns:
        Why the estimate is above the budget; empty if it is not.
    """

    async def told() -> str:
        if all([await each.is_known() for each in results]):
            return ""
        known = [await each.future() for each in reports if await each.is_known()]
        try:
            made = fleet_estimate(settings, stack, _merged(known), Context())
        except MigrationError as error:
            say = pulumi.log.info if settings.budget is None else pulumi.log.warn
            say(f"time and cost could not be estimated: {error}", row)
            return ""
        for each in made.servers:
            pulumi.log.info(row_line(each, made.currency), jobs[each.subject.server])
        pulumi.log.info("\n".join(lines(made, LONGEST_LIST)), row)
        unknown = [name for name, each in made.left_out.items() if each.verdict == UNKNOWN]
        if settings.budget is not None and unknown:
            servers = ", ".join(unknown)
            pulumi.log.warn(f"not held against the budget, for not known yet: {servers}", row)
        return _over_budget(settings, made)

    # The program ends only when every output is known.
    return pulumi.Output.from_input(told())


def _over_budget(settings: Settings, made: Estimate) -> str:
    if settings.budget is None or made.cost is None or made.cost.once <= settings.budget:
        return ""
    return (
        f"OverBudgetError: the estimate is {made.cost.once:,.2f} {made.currency}, the budget"
        f" {settings.budget:,.2f}. Fix: migrate fewer servers at a time, or raise `budget`."
    )


def _merged(reports: Sequence[Mapping[str, Any] | None]) -> dict[str, Any]:
    return {server: report for each in reports for server, report in (each or {}).items()}
