"""A dynamic resource that is nothing, as cheap as one can be: pickled by reference, no secret."""

from typing import Any

import pulumi
from pulumi.dynamic import (
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)


class TrivialProvider(ResourceProvider):
    """Answers at once."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Made."""
        return CreateResult(str(props["number"]), props)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compared."""
        return DiffResult(changes=olds["number"] != news["number"])

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Changed."""
        return UpdateResult(news)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read."""
        return ReadResult(id_, props)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Gone."""


class Trivial(Resource, module="bench", name="Trivial"):
    """A number."""

    number: pulumi.Output[int]

    def __init__(self, name: str, number: int) -> None:
        """Declare it."""
        super().__init__(TrivialProvider(), name, {"number": number})
