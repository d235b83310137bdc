"""CleanupGuard: deleted after every job, it makes sure that nothing billable is left."""

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
from smc.handlers import cleanup_guard as handler
from smc.handlers.cleanup_guard import CleanupGuardInputs


class CleanupGuardProvider(ResourceProvider):
    """Maps the resource onto `smc.handlers.cleanup_guard`."""

    serialize_as_secret_always = False

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Check the form of the inputs."""
        return check_inputs(CleanupGuardInputs, news)

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Changed when it has other places to watch."""
        watched = {"regions", "target_instances"}
        return DiffResult(changes=differs(CleanupGuardInputs, olds, news, watched))

    def create(self, props: Properties) -> CreateResult:
        """Nothing but the record."""
        inputs = decode(CleanupGuardInputs, props)
        return CreateResult(inputs.stack, encode(inputs, props, handler.create(inputs)))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """What is billed now although no job explains it."""
        with clean_errors():
            inputs = decode(CleanupGuardInputs, props)
            outputs = handler.read(inputs, context_of(props))
            return read_result(id_, CleanupGuardInputs, encode(inputs, props, outputs))

    def update(self, _id: str, olds: Properties, news: Properties) -> UpdateResult:
        """Record the new places."""
        inputs = decode(CleanupGuardInputs, news)
        return UpdateResult(encode(inputs, news, {"leftovers": olds.get("leftovers", [])}))

    def delete(self, _id: str, props: Properties) -> None:
        """Verify, release, and say so."""
        with clean_errors():
            context = context_of(props)
            for line in handler.delete(decode(CleanupGuardInputs, props), context):
                context.note(line)


class CleanupGuard(Resource, module="smc", name="CleanupGuard"):
    """Watches for what SMC leaves in ECS.

    Attributes:
        leftovers: what was billed without an explaining job when last looked at.
    """

    leftovers: pulumi.Output[list[str]]

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, pulumi.Input[Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the guard.

        Args:
            name: name of the resource.
            inputs: the fields of `CleanupGuardInputs`; values may be outputs.
            opts: resource options.
        """
        row = urn_of(CleanupGuard, name, opts)
        super().__init__(
            CleanupGuardProvider(), name, {**inputs, URN: row, "leftovers": None}, opts
        )
