"""SmokeTestRun: whether the migrated servers of a wave do their work."""

from typing import Any

import pulumi
from pulumi.dynamic import DiffResult

from providers._adapter import Properties, decode, differs, reached_otherwise
from providers._base import MigrationProvider, MigrationResource
from smc.handlers import smoke_test_run as handler
from smc.handlers.context import Context
from smc.handlers.smoke_test_inputs import SmokeTestRunInputs


class SmokeTestRunProvider(MigrationProvider[SmokeTestRunInputs]):
    """Maps the resource onto `smc.handlers.smoke_test_run`."""

    model = SmokeTestRunInputs
    computed = ("results", "failures")

    def compare(self, olds: Properties, news: Properties) -> DiffResult:
        """Changed when something else is to be tested, or when something has not passed."""
        changed = differs(SmokeTestRunInputs, olds, news, {"servers"})
        changed = changed or reached_otherwise(olds, news)
        return DiffResult(
            changes=changed or not handler.is_complete(decode(SmokeTestRunInputs, olds), olds)
        )

    def name(self, inputs: SmokeTestRunInputs, _outputs: Properties) -> str:
        """The wave's name."""
        return inputs.wave

    def make(self, inputs: SmokeTestRunInputs, context: Context) -> Properties:
        """Test what is migrated."""
        return handler.run(inputs, {}, context)

    def look(
        self, _inputs: SmokeTestRunInputs, outputs: Properties, _context: Context
    ) -> Properties | None:
        """The results as they were: a test is of its moment."""
        return outputs

    def change(
        self,
        inputs: SmokeTestRunInputs,
        _before: SmokeTestRunInputs,
        outputs: Properties,
        context: Context,
    ) -> Properties:
        """Test what has not passed this very test."""
        return handler.run(inputs, outputs, context)

    def remove(self, inputs: SmokeTestRunInputs, _outputs: Properties, context: Context) -> None:
        """Release the test instances that an interrupted run left."""
        handler.discard(inputs, context)


class SmokeTestRun(MigrationResource, module="smc", name="SmokeTestRun"):
    """The smoke tests of one wave; inputs: `SmokeTestRunInputs`.

    Attributes:
        results: server name -> passed, reason, instance_id, attempts, at, fingerprint.
        failures: server name -> why it has not passed.
    """

    provider_class = SmokeTestRunProvider
    results: pulumi.Output[dict[str, dict[str, Any]]]
    failures: pulumi.Output[dict[str, str]]
