"""Waves: which servers move together, when, and what has to be right before others follow."""

from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from smc.settings.base import Part


class Launch(Part):
    """A short-lived instance made from the new image, for a smoke test of an image target."""

    instance_type: str
    """Type of the instance."""

    vswitch: str
    """vSwitch that it is in."""

    security_group: str
    """Its security group."""


class SmokeTest(Part):
    """A test of the migrated server. A server that fails it counts as not migrated."""

    command: str | None = None
    """Shell command (PowerShell on Windows) run on the new server through Cloud Assistant; exit
    code 0 is a success."""

    http: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """Address that has to answer with `status`; `{ip}` stands for the new server's address."""

    status: Annotated[int, Field(ge=100, le=599)] = 200
    """The HTTP status that is right."""

    within_seconds: Annotated[int, Field(ge=1, le=3600)] = 300
    """How long the server may take until it is right."""

    launch: Launch | None = None
    """Needed where the target is an image: the test instance is deleted afterwards."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if (self.command is None) == (self.http is None):
            raise ValueError("name either command or http")
        return self


class Wave(Part):
    """Servers that move together."""

    after: tuple[str, ...] = ()
    """Waves that must have ended first."""

    start: AwareDatetime | None = None
    """Not before this moment, with a time zone: `2026-01-31T22:00:00+09:00`."""

    on_failure: Literal["continue", "hold"] = "continue"
    """`hold`: the waves after this one do not start while a server of it is not migrated."""

    smoke_test: SmokeTest | None = None
    """Test of each migrated server of the wave, for those without one of their own."""

    wait: bool | None = None
    """Overrides the stack's `wait` for this wave."""
