"""Smoke tests: what a migrated server has to answer before it counts as migrated."""

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from smc.settings.base import Part
from smc.settings.job import LaunchTemplate

LONGEST_COMMAND_BYTES = 18_000
"""Cloud Assistant takes 24 KiB in Base64."""

ADDRESSES = frozenset({"ip", "publicIp", "privateIp"})
"""What an address may have in braces."""


class Launch(Part):
    """A short-lived instance of the new image, for the smoke test of an image target.

    It is pay-as-you-go and billed while it lives. It is released when the test has ended; if nobody
    is left to do that, ECS releases it by itself after at most two hours.
    """

    template: LaunchTemplate | None = None
    """ECS launch template for what is left out here."""

    instance_type: str | None = None
    """Type of the instance."""

    vswitch: str | None = None
    """vSwitch that it is in."""

    security_group: str | None = None
    """Its security group."""

    disk_category: (
        Literal["cloud_efficiency", "cloud_ssd", "cloud_essd", "cloud_auto", "cloud_essd_entry"]
        | None
    ) = None
    """Category of its system disk; left out, ECS or the launch template decides."""

    public_bandwidth: Annotated[int, Field(ge=0, le=100)] = 0
    """Mbit/s of its public address, which an `http` test from outside its VPC needs; 0: none."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.template is None and not (
            self.instance_type and self.vswitch and self.security_group
        ):
            raise ValueError("name instanceType, vswitch and securityGroup, or a template")
        version = self.template.version if self.template else None
        if version is not None and not version.isdecimal():
            raise ValueError("template.version is a number, in quotes")
        return self


class SmokeTest(Part):
    """A test of the migrated server. A server that fails it counts as not migrated."""

    command: Annotated[str, Field(min_length=1)] | None = None
    """Shell command (PowerShell on Windows) run on the new server through Cloud Assistant; exit
    code 0 is a success. ECS shows its text and output for weeks: no secrets in it."""

    http: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """Address that has to answer with `status`, asked from where `pulumi up` runs; redirects are
    not followed. `{publicIp}` and `{privateIp}` stand for the new server's addresses, `{ip}` for
    the public one if it has one, else the private one."""

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]+$")] | None = None
    """Name of the site that `http` asks for, where its address is a number: the Host header, and
    the name that an https certificate has to have. Without a port, which is in `http`."""

    status: Annotated[int, Field(ge=100, le=599)] = 200
    """The HTTP status that is right."""

    within_seconds: Annotated[int, Field(ge=1, le=3600)] = 300
    """How long the server may take until it is right, from when its instance runs."""

    launch: Launch | None = None
    """Needed where the target is an image: the test instance is released afterwards."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if (self.command is None) == (self.http is None):
            raise ValueError("name either command or http")
        if self.command and len(self.command.encode()) > LONGEST_COMMAND_BYTES:
            raise ValueError(f"command has more than {LONGEST_COMMAND_BYTES} bytes")
        if self.host and not self.http:
            raise ValueError("host is for http")
        unknown = self.addresses - ADDRESSES
        if unknown:
            raise ValueError(f"http has {{{min(unknown)}}}; it may have {{ip}} and the like")
        return self

    @property
    def addresses(self) -> frozenset[str]:
        """What `http` has in braces."""
        return frozenset(re.findall(r"\{(.*?)\}", self.http or ""))
