"""What the parts of the configuration share: their base and the forms of their values."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from pydantic.alias_generators import to_camel


class Part(BaseModel):
    """A part of the configuration: unknown keys are refused, keys are camelCase in YAML.

    The docstrings of fields are for readers, and `cli.schema` finds them itself: to let Pydantic
    find them takes a third of the time in which a program loads the models.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, validate_by_name=True, extra="forbid", frozen=True
    )


AccountId = Annotated[str, StringConstraints(pattern=r"^\d{16}$")]
Region = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}-[a-z0-9-]+$")]
ResourceName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9:_-]+$", min_length=2, max_length=128)
]
ImageName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9:._-]+$", min_length=2, max_length=128)
]
InstanceId = Annotated[str, StringConstraints(pattern=r"^i-[a-z0-9]+$")]
SourceId = Annotated[str, StringConstraints(pattern=r"^s-[a-z0-9]+$")]
DiskId = Annotated[str, StringConstraints(pattern=r"^d-[a-z0-9]+$")]
Tags = Annotated[dict[str, str], Field(max_length=16)]
"""SMC allows 20 tags; four are ours."""
