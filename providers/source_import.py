"""SourceImport: all source servers of one account and region."""

from typing import Any

import pulumi
from pulumi.dynamic import DiffResult

from providers._adapter import (
    Properties,
    decode,
    differs,
    is_unknown,
    reached_otherwise,
)
from providers._base import MigrationProvider, MigrationResource
from smc.handlers import source_import as handler
from smc.handlers.context import Context
from smc.handlers.source_import import SourceImportInputs


class SourceImportProvider(MigrationProvider[SourceImportInputs]):
    """Maps the resource onto `smc.handlers.source_import`."""

    model = SourceImportInputs
    computed = ("sources", "failures")

    def compare(self, olds: Properties, news: Properties) -> DiffResult:
        """Changed when other servers are wanted, or some could not be imported last time.

        Another destination account or another role is another import.
        """
        replaces = [
            field
            for field, part in (("destination", "account"), ("role", "arn"))
            if not is_unknown(news[field]) and olds[field][part] != news[field][part]
        ]
        # What destroy does stands in the state, so a change of it alone is a change too.
        fields = {"servers", "remove_client"}
        changed = (
            differs(SourceImportInputs, olds, news, fields)
            or reached_otherwise(olds, news)
            or not handler.is_complete(decode(SourceImportInputs, olds), olds)
        )
        for server, what in handler.altered_sources(olds).items():
            self.context(olds).note(
                f"{server}: modify: puts right what somebody else changed of its source server:"
                f" {', '.join(what)}"
            )
        return DiffResult(
            changes=changed or bool(replaces), replaces=replaces, delete_before_replace=True
        )

    def name(self, inputs: SourceImportInputs, _outputs: Properties) -> str:
        """Account and region."""
        return f"{inputs.role.account}/{inputs.role.region}"

    def make(self, inputs: SourceImportInputs, context: Context) -> Properties:
        """Import what can be imported."""
        return handler.create(inputs, context)

    def look(
        self, inputs: SourceImportInputs, outputs: Properties, context: Context
    ) -> Properties | None:
        """The sources as they are."""
        return handler.read(inputs, outputs, context)

    def change(
        self,
        inputs: SourceImportInputs,
        before: SourceImportInputs,
        outputs: Properties,
        context: Context,
    ) -> Properties:
        """Import what is missing, delete what was removed."""
        return handler.update(inputs, outputs, context, before)

    def remove(self, inputs: SourceImportInputs, outputs: Properties, context: Context) -> None:
        """Delete the sources that this stack registered."""
        handler.delete(inputs, outputs, context)


class SourceImport(MigrationResource, module="smc", name="SourceImport"):
    """The source servers of one account and region; inputs: `SourceImportInputs`.

    Attributes:
        sources: server name -> source_id, instance_id, platform, agent_version, disk_sizes_gib.
        failures: server name -> why it could not be imported.
    """

    provider_class = SourceImportProvider
    sources: pulumi.Output[dict[str, dict[str, Any]]]
    failures: pulumi.Output[dict[str, str]]
