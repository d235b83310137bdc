"""CleanupGuard: deleted after every job, it makes sure that nothing billable is left."""

import pulumi
from pulumi.dynamic import DiffResult

from providers._adapter import Properties, differs, reached_otherwise
from providers._base import MigrationProvider, MigrationResource
from smc.handlers import cleanup_guard as handler
from smc.handlers.cleanup_guard import CleanupGuardInputs
from smc.handlers.context import Context


class CleanupGuardProvider(MigrationProvider[CleanupGuardInputs]):
    """Maps the resource onto `smc.handlers.cleanup_guard`."""

    model = CleanupGuardInputs
    computed = ("leftovers",)

    def compare(self, olds: Properties, news: Properties) -> DiffResult:
        """Changed when it has other places to watch."""
        watched = {"regions", "target_instances", "notifications", "role"}
        changed = differs(CleanupGuardInputs, olds, news, watched)
        return DiffResult(changes=changed or reached_otherwise(olds, news))

    def name(self, inputs: CleanupGuardInputs, _outputs: Properties) -> str:
        """The stack."""
        return inputs.stack

    def make(self, inputs: CleanupGuardInputs, _context: Context) -> Properties:
        """Nothing but the record."""
        return handler.create(inputs)

    def look(
        self, inputs: CleanupGuardInputs, _outputs: Properties, context: Context
    ) -> Properties | None:
        """What is billed now although no job explains it."""
        return handler.read(inputs, context)

    def change(
        self,
        _inputs: CleanupGuardInputs,
        _before: CleanupGuardInputs,
        outputs: Properties,
        _context: Context,
    ) -> Properties:
        """Only the inputs are recorded."""
        return outputs

    def remove(self, inputs: CleanupGuardInputs, _outputs: Properties, context: Context) -> None:
        """Verify, release, and say so."""
        for line in handler.delete(inputs, context):
            context.note(line)


class CleanupGuard(MigrationResource, module="smc", name="CleanupGuard"):
    """Watches for what SMC leaves in ECS; inputs: `CleanupGuardInputs`.

    Attributes:
        leftovers: what was billed without an explaining job when last looked at.
    """

    provider_class = CleanupGuardProvider
    leftovers: pulumi.Output[list[str]]
