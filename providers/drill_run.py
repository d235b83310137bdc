"""DrillRun: the checks and rehearsals before a wave's migrations are started."""

from typing import Any

import pulumi
from pulumi.dynamic import DiffResult

from providers._adapter import Properties, decode, differs, reached_otherwise
from providers._base import MigrationProvider, MigrationResource
from smc.handlers import drill_run as handler
from smc.handlers.context import Context
from smc.handlers.drill_inputs import DrillRunInputs


class DrillRunProvider(MigrationProvider[DrillRunInputs]):
    """Maps the resource onto `smc.handlers.drill_run`."""

    model = DrillRunInputs
    computed = ("reports", "blocked", "without_job")

    def compare(self, olds: Properties, news: Properties) -> DiffResult:
        """Changed when a server is another or new, or when one is blocked."""
        changed = differs(DrillRunInputs, olds, news, {"servers"}) or reached_otherwise(olds, news)
        return DiffResult(
            changes=changed or not handler.is_complete(decode(DrillRunInputs, olds), olds)
        )

    def name(self, inputs: DrillRunInputs, _outputs: Properties) -> str:
        """The wave's name."""
        return inputs.wave

    def make(self, inputs: DrillRunInputs, context: Context) -> Properties:
        """Drill all servers."""
        return handler.drill(inputs, None, {}, context)

    def look(
        self, _inputs: DrillRunInputs, outputs: Properties, _context: Context
    ) -> Properties | None:
        """The reports as they were made: a drill is of its moment."""
        return outputs

    def change(
        self,
        inputs: DrillRunInputs,
        before: DrillRunInputs,
        outputs: Properties,
        context: Context,
    ) -> Properties:
        """Drill what is new, changed or blocked."""
        return handler.drill(inputs, before, outputs, context)

    def remove(self, inputs: DrillRunInputs, _outputs: Properties, context: Context) -> None:
        """Checks leave nothing; what a rehearsal left is removed."""
        handler.discard(inputs, context)


class DrillRun(MigrationResource, module="smc", name="DrillRun"):
    """The drills of one wave; inputs: `DrillRunInputs`.

    Attributes:
        reports: server name -> ok, warning, critical, not_checked, items, figures.
        blocked: server name -> why it must not be started.
        without_job: servers that must have no replication job of their own.
    """

    provider_class = DrillRunProvider
    reports: pulumi.Output[dict[str, dict[str, Any]]]
    blocked: pulumi.Output[dict[str, str]]
    without_job: pulumi.Output[list[str]]
