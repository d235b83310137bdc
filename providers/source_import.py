"""SourceImport: all source servers of one account and region."""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from providers._adapter import (
    URN,
    Properties,
    check_inputs,
    clean_errors,
    context_of,
    decode,
    differs,
    encode,
    read_result,
    urn_of,
)
from smc.handlers import source_import as handler
from smc.handlers.source_import import SourceImportInputs


class SourceImportProvider(ResourceProvider):
    """Maps the resource onto `smc.handlers.source_import`."""

    serialize_as_secret_always = False

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Check the form of the inputs."""
        return check_inputs(SourceImportInputs, news)

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Changed when other servers are wanted, or some could not be imported last time.

        Another destination account or role account is another import.
        """
        replaces = [
            field
            for field, part in (("destination", "account"), ("role", "arn"))
            if differs(SourceImportInputs, olds, news, {field})
            and isinstance(news[field], Mapping)
            and olds[field][part] != news[field].get(part)
        ]
        changed = differs(SourceImportInputs, olds, news, {"servers"}) or not handler.is_complete(
            decode(SourceImportInputs, olds), olds
        )
        return DiffResult(
            changes=changed or bool(replaces), replaces=replaces, delete_before_replace=True
        )

    def create(self, props: Properties) -> CreateResult:
        """Import; see the handler."""
        with clean_errors():
            inputs = decode(SourceImportInputs, props)
            outputs = handler.create(inputs, context_of(props))
            resource_id = f"{inputs.role.account}/{inputs.role.region}"
            return CreateResult(resource_id, encode(inputs, props, outputs))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """The sources as they are."""
        with clean_errors():
            inputs = decode(SourceImportInputs, props)
            outputs = handler.read(inputs, props, context_of(props))
            return read_result(id_, SourceImportInputs, encode(inputs, props, outputs))

    def update(self, _id: str, olds: Properties, news: Properties) -> UpdateResult:
        """Import what is missing, delete what was removed."""
        with clean_errors():
            inputs = decode(SourceImportInputs, news)
            return UpdateResult(
                encode(inputs, news, handler.update(inputs, olds, context_of(news)))
            )

    def delete(self, _id: str, props: Properties) -> None:
        """Delete the sources that this stack registered."""
        with clean_errors():
            handler.delete(decode(SourceImportInputs, props), props, context_of(props))


class SourceImport(Resource, module="smc", name="SourceImport"):
    """The source servers of one account and region, imported together.

    Attributes:
        sources: server name -> source_id, instance_id, platform, agent_version, disk_sizes_gib.
        failures: server name -> why it could not be imported.
    """

    sources: pulumi.Output[dict[str, dict[str, Any]]]
    failures: pulumi.Output[dict[str, str]]

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, pulumi.Input[Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the import.

        Args:
            name: name of the resource.
            inputs: the fields of `SourceImportInputs`; values may be outputs.
            opts: resource options.
        """
        row = urn_of(SourceImport, name, opts)
        props = {**inputs, URN: row, "sources": None, "failures": None}
        super().__init__(SourceImportProvider(), name, props, opts)
