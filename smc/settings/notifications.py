"""Where events of a migration are sent, and with what they are signed. Off unless it is set."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from smc.connection import is_loopback
from smc.settings.base import Part

EventType = Literal["wave.started", "wave.ended", "server.failed", "leftover.found"]
EVENT_TYPES: tuple[EventType, ...] = (
    "wave.started",
    "wave.ended",
    "server.failed",
    "leftover.found",
)


class SecretSource(Part):
    """Where a secret is read whenever it is needed. The secret itself is never in the settings."""

    environment: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """Name of an environment variable of the process that runs `pulumi`."""

    file: str | None = None
    """A file on the machine that runs `pulumi`; its first line is taken."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.environment is None) == (self.file is None):
            raise ValueError("name either environment or file")
        return self


class Notifications(Part):
    """A webhook that is told when waves start and end, servers fail, and something is left over."""

    url: str | None = None
    """Address that is sent the events, over https; it goes into the state, so nothing in it may be
    a secret."""

    url_from: SecretSource | None = None
    """Instead of `url`, for an address that is a secret itself."""

    secret_from: SecretSource
    """What the events are signed with: `whsec_` and 24 to 64 random bytes in Base64."""

    events: tuple[EventType, ...] = EVENT_TYPES
    """Which events are sent."""

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        if (self.url is None) == (self.url_from is None):
            raise ValueError("name either url or urlFrom")
        problem = address_problem(self.url) if self.url is not None else ""
        if problem:
            raise ValueError(problem)
        return self


def address_problem(url: str) -> str:
    """What is wrong with an address; empty for nothing."""
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        return "the address has to begin with https://"
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        return "the address has to begin with https://, for what is sent names servers"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "the address has a user, a query or a fragment; name it with urlFrom instead"
    return ""
