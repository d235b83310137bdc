"""What `pulumi preview --json` writes, as far as a review needs it."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from smc.errors import MigrationError

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Stands in a preview for a value that is known only after the update (Pulumi SDK)."""

REPLACEMENTS = frozenset({"replace", "create-replacement", "delete-replaced"})
NOTHING = frozenset({"same", "read", "refresh"})


class NoPreviewError(MigrationError):
    """What was given is not the output of `pulumi preview --json`."""


class _Part(BaseModel):
    """Members that are null are as if they were not there."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {key: value for key, value in given.items() if value is not None}


class State(_Part):
    """A resource before or after."""

    id: str = ""
    parent: str = ""
    inputs: dict[str, Any] = Field(default_factory=dict)
    outputs: dict[str, Any] = Field(default_factory=dict)
    dependencies: tuple[str, ...] = ()


class Step(_Part):
    """What is done to one resource."""

    op: str
    urn: str
    old: State = Field(default_factory=State, alias="oldState")
    new: State = Field(default_factory=State, alias="newState")

    @property
    def kind(self) -> str:
        """Type of the resource: `ReplicationJob` for ours, or such as `alicloud:ram/role:Role`."""
        kind = self.urn.split("::")[2].rpartition("$")[2]
        return kind.removeprefix("pulumi-python:dynamic/smc:")

    @property
    def name(self) -> str:
        """Name of the resource."""
        return self.urn.split("::")[3]

    @property
    def changes(self) -> bool:
        """Whether anything is done at all."""
        return self.op not in NOTHING

    @property
    def is_thing(self) -> bool:
        """Whether it stands for something outside of Pulumi: no component, provider or stack."""
        return not self.kind.startswith(("pulumi:", "smc-migration:"))

    @property
    def state(self) -> State:
        """As it will be; what is deleted, as it was."""
        return self.old if self.op == "delete" else self.new


class Diagnostic(_Part):
    """A message; `urn` is empty where it belongs to no resource."""

    urn: str = ""
    message: str
    severity: str = "info"


class Preview(_Part):
    """The whole."""

    steps: tuple[Step, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def stack(self) -> str:
        """`project/stack`, as the URNs name them."""
        for step in self.steps:
            _, project, *_ = step.urn.split("::")
            return f"{project}/{step.urn.split('::')[0].rpartition(':')[2]}"
        return ""

    @property
    def errors(self) -> list[Diagnostic]:
        """Why it failed; empty where it did not."""
        return [each for each in self.diagnostics if each.severity == "error"]

    def of_kind(self, *kinds: str) -> Iterator[Step]:
        """All steps on resources of these types."""
        return (step for step in self.steps if step.kind in kinds)

    def notes(self, urn: str) -> list[str]:
        """Lines that a resource has to say, without its errors."""
        return [
            line
            for each in self.diagnostics
            if each.urn == urn and each.severity != "error"
            for line in each.message.splitlines()
            if line
        ]


def read_preview(text: str) -> Preview:
    """The preview in a text; the steps of a replacement are one.

    Raises:
        NoPreviewError: the text is something else.
    """
    try:
        preview = Preview.model_validate_json(text)
    except ValidationError as error:
        raise NoPreviewError(
            "this is not the output of `pulumi preview --json`. Likely cause: Pulumi ended before"
            " the preview began. Fix: see what it wrote to standard error."
        ) from error
    merged: dict[str, Step] = {}
    for step in preview.steps:
        before = merged.get(step.urn)
        replaced = step.op in REPLACEMENTS or (before is not None and before.op == "replace")
        merged[step.urn] = step.model_copy(
            update={
                "op": "replace" if replaced else step.op,
                "old": step.old if step.old != State() or before is None else before.old,
                "new": step.new if step.new != State() or before is None else before.new,
            }
        )
    return preview.model_copy(update={"steps": tuple(merged.values())})
