"""Credentials of both sides from the official chain, and of the role in the source account.

Secrets live in these objects only: they are never inputs, outputs, log lines or pickles.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from alibabacloud_credentials.client import Client as CredentialClient
from alibabacloud_credentials.provider import (
    CLIProfileCredentialsProvider,
    DefaultCredentialsProvider,
)
from alibabacloud_credentials.provider.refreshable import Credentials
from alibabacloud_credentials_api import ICredentialsProvider

from smc.clock import Clock
from smc.connection import Connection

logging.getLogger("credentials").disabled = True
"""The official chain logs whole requests and the credentials it has; what fails is told anyway."""

RENEW_AFTER = 0.8
"""Share of a session's life after which it is renewed."""


def credentials_of(connection: Connection) -> CredentialClient:
    """The credential client of a side: its profile, or the default chain."""
    if connection.profile is None:
        return CredentialClient(provider=DefaultCredentialsProvider())
    provider = CLIProfileCredentialsProvider(
        profile_name=connection.profile, profile_file=connection.credentials_file
    )
    return CredentialClient(provider=provider)


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSession:
    """Temporary credentials (STS AssumeRole)."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(repr=False)


class AssumedRoleProvider(ICredentialsProvider):  # type: ignore[misc]
    """Gives the SDKs the credentials of an assumed role and renews them before they end.

    Its clock is monotonic: it does not go wrong when the host's is set. It stands still while the
    host sleeps, so a session can have ended all the same; whoever finds out asks for a new one.

    Args:
        assume: calls AssumeRole; called once at a time, however many threads ask.
        session_seconds: how long a session lives.
        clock: time.
    """

    def __init__(
        self, assume: Callable[[], RoleSession], session_seconds: float, clock: Clock
    ) -> None:
        self._assume = assume
        self._renew_after_seconds = session_seconds * RENEW_AFTER
        self._clock = clock
        self._lock = threading.Lock()
        self._session: RoleSession | None = None
        self._renew_at = 0.0

    def get_credentials(self) -> Credentials:
        """Valid credentials of the role.

        Raises:
            MigrationError: the role cannot be assumed.
        """
        with self._lock:
            if self._session is None or self._clock.monotonic() >= self._renew_at:
                asked_at = self._clock.monotonic()
                self._session = self._assume()
                self._renew_at = asked_at + self._renew_after_seconds
            session = self._session
        return Credentials(
            access_key_id=session.access_key_id,
            access_key_secret=session.access_key_secret,
            security_token=session.security_token,
            provider_name=self.get_provider_name(),
        )

    async def get_credentials_async(self) -> Credentials:
        """The same; the SDKs' asynchronous calls are not used here."""
        return self.get_credentials()

    def renew(self, access_key_id: str) -> None:
        """Forget the session with this key, unless another thread has renewed it already."""
        with self._lock:
            if self._session is not None and self._session.access_key_id == access_key_id:
                self._session = None

    def get_provider_name(self) -> str:
        """Name that the SDKs put into their user agent."""
        return "smc_assumed_role"
