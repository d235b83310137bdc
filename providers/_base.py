"""The shape of all resources: properties in, a handler's call, properties out.

A provider says which inputs it takes and which handler functions answer; this module does the rest.
Attributes are of classes only: instances are pickled into users' states, by reference.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Generic

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
    Inputs,
    Properties,
    check_inputs,
    clean_errors,
    context_of,
    decode,
    encode,
    gone,
    read_result,
)
from providers.outputs import urn_of
from smc.handlers.context import Context


class MigrationProvider(ResourceProvider, Generic[Inputs]):
    """A dynamic provider over a handler. Subclasses implement the six methods below `delete`."""

    serialize_as_secret_always = False

    model: ClassVar[type[Any]]
    """Model of the inputs."""

    computed: ClassVar[tuple[str, ...]]
    """Names of the outputs that the handler computes."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Check the form of the inputs."""
        return check_inputs(self.model, news)

    def diff(self, _id: str, olds: Properties, news: Properties) -> DiffResult:
        """Whether and how the resource changes."""
        with clean_errors():
            return self.compare(olds, news)

    def create(self, props: Properties) -> CreateResult:
        """Make the resource."""
        with clean_errors():
            inputs = decode(self.model, props)
            outputs = self.make(inputs, self.context(props))
            return CreateResult(self.name(inputs, outputs), encode(inputs, props, outputs))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Look at the resource."""
        with clean_errors():
            inputs = decode(self.model, props)
            outputs = self.look(inputs, self._outputs(props), self.context(props))
            if outputs is None:
                return gone()
            return read_result(id_, self.model, encode(inputs, props, outputs))

    def update(self, _id: str, olds: Properties, news: Properties) -> UpdateResult:
        """Change the resource; returns all outputs, for Pulumi keeps none of the old ones."""
        with clean_errors():
            inputs, before = decode(self.model, news), decode(self.model, olds)
            outputs = self.change(inputs, before, self._outputs(olds), self.context(news))
            return UpdateResult(encode(inputs, news, outputs))

    def delete(self, _id: str, props: Properties) -> None:
        """Remove the resource."""
        with clean_errors():
            self.remove(decode(self.model, props), self._outputs(props), self.context(props))

    def urn(self, props: Properties) -> str:
        """The URN of the resource with these properties, for its row."""
        return str(props.get(URN) or "")

    def context(self, props: Properties) -> Context:
        """The context for a call on the resource with these properties."""
        return context_of(self.urn(props))

    def compare(self, olds: Properties, news: Properties) -> DiffResult:
        """What `diff` returns; new values may be unknown."""
        raise NotImplementedError

    def name(self, inputs: Inputs, outputs: Properties) -> str:
        """The id of the resource."""
        raise NotImplementedError

    def make(self, inputs: Inputs, context: Context) -> Properties:
        """The outputs of a new resource."""
        raise NotImplementedError

    def look(self, inputs: Inputs, outputs: Properties, context: Context) -> Properties | None:
        """The outputs as they are now; None if the resource is gone."""
        raise NotImplementedError

    def change(
        self, inputs: Inputs, before: Inputs, outputs: Properties, context: Context
    ) -> Properties:
        """The outputs after a change."""
        raise NotImplementedError

    def remove(self, inputs: Inputs, outputs: Properties, context: Context) -> None:
        """Remove what the resource stands for."""
        raise NotImplementedError

    def _outputs(self, properties: Properties) -> Properties:
        return {name: properties.get(name) for name in self.computed}


class MigrationResource(Resource):
    """A dynamic resource of module `smc`."""

    provider_class: ClassVar[type[MigrationProvider[Any]]]

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, pulumi.Input[Any]],
        opts: pulumi.ResourceOptions | None = None,
        *,
        tells_urn: bool = True,
    ) -> None:
        """Declare the resource.

        Args:
            name: name of the resource.
            inputs: the fields of the provider's model; values may be outputs.
            opts: resource options.
            tells_urn: whether the provider has to be told the URN, for it cannot know it.
        """
        urn = {URN: urn_of(type(self), name, opts)} if tells_urn else {}
        computed = dict.fromkeys(self.provider_class.computed)
        super().__init__(self.provider_class(), name, {**inputs, **urn, **computed}, opts)
