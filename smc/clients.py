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
from Tea.exceptions import RetryError

from smc.clock import Clock, SystemClock
from smc.connection import Connection
from smc.credentials import AssumedRoleProvider, credentials_of
from smc.errors import MigrationError, TransientApiError
from smc.retry import RetryBudget
from smc.transport import choose_proxy_by_host, without_parameters

if TYPE_CHECKING:
    from alibabacloud_ecs20140526.client import Client as EcsClient
    from alibabacloud_ram20150501.client import Client as RamClient
    from alibabacloud_smc20190601.client import Client as SmcClient
    from alibabacloud_sts20150401.client import Client as StsClient

CONNECT_TIMEOUT_MILLISECONDS = 5_000
READ_TIMEOUT_MILLISECONDS = 30_000
USER_AGENT = "smc-migration"

_budgets: dict[tuple[str, str | None], RetryBudget] = {}
_budgets_lock = threading.Lock()


def _budget_of(connection: Connection, clock: Clock) -> RetryBudget:
    """The budget of an account: one in this process, however many clients there are."""
    with _budgets_lock:
        key = connection.account, connection.emulator
        if key not in _budgets:
            _budgets[key] = RetryBudget(clock)
        return _budgets[key]


class Clients:
    """Makes and keeps the SDK clients of one side.

    Args:
        connection: the side.
        clock: time for retries and waits of calls through these clients.
        role: gives other credentials than the connection's own: those of an assumed role.
        before_call: called before every API call; what it raises ends the call.

    Attributes:
        budget: retries that calls of the account may still make.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Clock | None = None,
        role: AssumedRoleProvider | None = None,
        before_call: Callable[[], None] = lambda: None,
    ) -> None:
        self.connection = connection
        self.clock = clock or SystemClock()
        self.before_call = before_call
        self.budget = _budget_of(connection, self.clock)
        self._role = role
        self._credential = CredentialClient(provider=role) if role else credentials_of(connection)
        self._lock = threading.Lock()
        self._service_time: tuple[datetime, float] | None = None
        self._made: dict[tuple[str, str], Any] = {}

    def check_credentials(self) -> str:
        """Make sure that there are credentials now; returns their access key id.

        The SDKs would wrap what goes wrong here into a network error and hide its reason.

        Raises:
            TransientApiError: whoever gives them does not answer.
            MigrationError: there are none, or the role cannot be assumed.
        """
        try:
            return str(self._credential.get_credential().access_key_id)
        except CredentialException as error:
            profile = self.connection.profile
            raise MigrationError(
                f"no usable credentials for account {self.connection.account}"
                f" ({f'profile {profile}' if profile else 'default chain'}):"
                f" {str(error).rstrip('.')}."
                " Fix: `aliyun configure --profile NAME`, then name it in the settings."
            ) from error
        except RetryError as error:
            # The profile asks another service for them, which does not answer.
            said = without_parameters(str(error))
            raise TransientApiError("getting credentials", "", said) from None

    def renew_session(self, access_key_id: str) -> bool:
        """Give up the session with this key; False if it is none that can be renewed here."""
        if self._role is None:
            return False
        self._role.renew(access_key_id)
        return True

    def utc_now(self) -> datetime:
        """Now, by the clock of the service that answered last.

        It goes on with the monotonic clock: a host whose clock is set does not move it.
        """
        if self._service_time is None:
            return datetime.now(UTC)
        then, at = self._service_time
        return then + timedelta(seconds=self.clock.monotonic() - at)

    def note_service_time(self, date_header: str | None) -> None:
        """Remember the service's time, from a response's Date header."""
        try:
            moment = parsedate_to_datetime(date_header or "")
        except ValueError:
            return
        self._service_time = moment.replace(tzinfo=UTC), self.clock.monotonic()

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
                client = make(self._config(region))
                choose_proxy_by_host(client)
                self._made[service, region] = client
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
            config.endpoint = endpoint
            config.protocol = "HTTP"
        return config
