"""Clients of the official SDKs, one a service, region and set of credentials, shared by threads.

The SDK modules are loaded when a client is first asked for: ECS alone takes two seconds.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from alibabacloud_credentials.client import Client as CredentialClient
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_tea_openapi.models import Config

from smc.clock import Clock, SystemClock
from smc.connection import Connection
from smc.credentials import credentials_of
from smc.errors import MigrationError
from smc.transport import connect_directly

if TYPE_CHECKING:
    from alibabacloud_ecs20140526.client import Client as EcsClient
    from alibabacloud_ram20150501.client import Client as RamClient
    from alibabacloud_smc20190601.client import Client as SmcClient
    from alibabacloud_sts20150401.client import Client as StsClient

CONNECT_TIMEOUT_MILLISECONDS = 5_000
READ_TIMEOUT_MILLISECONDS = 30_000
USER_AGENT = "smc-migration"


class Clients:
    """Makes and keeps the SDK clients of one side.

    Args:
        connection: the side.
        clock: time for retries and waits of calls through these clients.
        credential: other credentials than the connection's own, such as an assumed role.
        before_call: called before every API call; what it raises ends the call.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Clock | None = None,
        credential: CredentialClient | None = None,
        before_call: Callable[[], None] = lambda: None,
    ) -> None:
        self.connection = connection
        self.clock = clock or SystemClock()
        self.before_call = before_call
        self._credential = credential or credentials_of(connection)
        self._lock = threading.Lock()
        self._service_ahead = timedelta(0)
        self._made: dict[tuple[str, str], Any] = {}

    def check_credentials(self) -> None:
        """Make sure that there are credentials now.

        The SDKs would wrap what goes wrong here into a network error and hide its reason.

        Raises:
            MigrationError: there are none, or the role cannot be assumed.
        """
        try:
            self._credential.get_credential()
        except CredentialException as error:
            profile = self.connection.profile
            raise MigrationError(
                f"no usable credentials for account {self.connection.account}"
                f" ({f'profile {profile}' if profile else 'default chain'}):"
                f" {str(error).rstrip('.')}."
                " Fix: `aliyun configure --profile NAME`, then name it in the settings."
            ) from error

    def utc_now(self) -> datetime:
        """Now, by the clock of the service that answered last."""
        return datetime.now(UTC) + self._service_ahead

    def note_service_time(self, date_header: str | None) -> None:
        """Remember how far the service's clock is ahead of ours, from a response's Date header."""
        if date_header:
            self._service_ahead = parsedate_to_datetime(date_header) - datetime.now(UTC)

    def sts(self) -> "StsClient":
        """Client of STS 2015-04-01."""

        def make(config: Config) -> Any:
            from alibabacloud_sts20150401.client import Client  # noqa: PLC0415 - loaded on use

            return Client(config)

        return self._client("sts", self.connection.region, make)

    def smc(self) -> "SmcClient":
        """Client of SMC 2019-06-01, a central service."""

        def make(config: Config) -> Any:
            from alibabacloud_smc20190601.client import Client  # noqa: PLC0415 - loaded on use

            return Client(config)

        return self._client("smc", self.connection.region, make)

    def ram(self) -> "RamClient":
        """Client of RAM 2015-05-01."""

        def make(config: Config) -> Any:
            from alibabacloud_ram20150501.client import Client  # noqa: PLC0415 - loaded on use

            return Client(config)

        return self._client("ram", self.connection.region, make)

    def ecs(self, region: str) -> "EcsClient":
        """Client of ECS 2014-05-26 in a region."""

        def make(config: Config) -> Any:
            from alibabacloud_ecs20140526.client import Client  # noqa: PLC0415 - loaded on use

            return Client(config)

        return self._client("ecs", region, make)

    def _client(self, service: str, region: str, make: Callable[[Config], Any]) -> Any:
        with self._lock:
            if (service, region) not in self._made:
                self._made[service, region] = make(self._config(region))
            return self._made[service, region]

    def _config(self, region: str) -> Config:
        config = Config(
            credential=self._credential,
            region_id=region,
            connect_timeout=CONNECT_TIMEOUT_MILLISECONDS,
            read_timeout=READ_TIMEOUT_MILLISECONDS,
            user_agent=USER_AGENT,
        )
        endpoint = self.connection.endpoint()
        if endpoint is not None:
            connect_directly(endpoint)
            config.endpoint = endpoint
            config.protocol = "HTTP"
        return config
