"""How a source server is found among the instances of the source account."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, IPvAnyAddress, model_validator

from smc.settings.base import InstanceId, Part


def _address(value: IPvAnyAddress) -> str:
    return str(value)


Address = Annotated[IPvAnyAddress, AfterValidator(_address)]


class Selector(Part):
    """Finds one instance, in exactly one way."""

    id: InstanceId | None = None
    """The instance's id."""

    name: str | None = None
    """The instance's name."""

    private_ip: Address | None = None
    """One of its private addresses."""

    public_ip: Address | None = None
    """Its public or elastic address."""

    tags: Annotated[dict[str, str], Field(min_length=1, max_length=20)] | None = None
    """Tags that it has, all of them. Several instances with them are an error; for many servers of
    one tag let `python -m cli discover` write an inventory file."""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("name exactly one of id, name, privateIp, publicIp, tags")
        return self

    def describe(self) -> str:
        """The selector as a user would say it: `privateIp 10.0.0.1`, `tags role=web`."""
        key, value = next(iter(self.model_dump(exclude_none=True, by_alias=True).items()))
        if isinstance(value, dict):
            value = ",".join(f"{k}={v}" for k, v in sorted(value.items()))
        return f"{key} {value}"
