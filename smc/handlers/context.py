"""What a handler needs beside its inputs: clients, time, and somewhere to report progress."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict

from smc.api import sts
from smc.clients import Clients
from smc.clock import Clock, SystemClock
from smc.connection import Connection
from smc.credentials import AssumedRoleProvider, RoleSession
from smc.errors import ApiError, MigrationError
from smc.notifications.courier import Courier
from smc.ownership import digest
from smc.policies import commanding_session, instance_arn, reading_session, role_arn
from smc.retry import until_effective
from smc.settings.notifications import Notifications

if TYPE_CHECKING:
    from smc.settings.accounts import Source

ROLE_VISIBLE_WITHIN_SECONDS = 60.0
"""How long a new role, policy or attachment may take until AssumeRole knows it."""


Result = TypeVar("Result")
Shared = TypeVar("Shared")


def silent(_: str) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Context:
    """Shared by the handlers of one process.

    `progress` takes one line that replaces the one before it; `note` one that stays.
    """

    clock: Clock = field(default_factory=SystemClock)
    progress: Callable[[str], None] = silent
    note: Callable[[str], None] = silent

    def clients(self, connection: Connection) -> Clients:
        """Clients of a side with its own credentials."""
        return Clients(connection, self.clock)

    def courier(self, wanted: Notifications | None) -> Courier:
        """Delivers events, if anybody wants them."""
        return Courier(wanted, self.note)

    def shared(self, key: Hashable, make: Callable[[], Shared]) -> Shared:
        """What `make` returns; a process keeps it for the next caller with the same key."""
        del key
        return make()


class RoleAccess(BaseModel):
    """The role in the source account.

    Attributes:
        arn: ARN of the role.
        region: region of the source servers.
        session_seconds: life of a session.
        external_id: passed to AssumeRole, if the role's trust asks for one. Not a secret.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    arn: str
    region: str
    session_seconds: int
    external_id: str | None = None

    @classmethod
    def of(cls, source: "Source") -> "RoleAccess":
        """The role that the settings name."""
        return cls(
            arn=role_arn(source.account, source.role.name),
            region=source.region,
            session_seconds=source.role.session_seconds,
            external_id=source.role.external_id,
        )

    @property
    def account(self) -> str:
        """Account of the role."""
        return self.arn.split(":")[3]


def source_clients(
    destination: Clients,
    role: RoleAccess,
    stack: str,
    visible_within_seconds: float = ROLE_VISIBLE_WITHIN_SECONDS,
    session: str = reading_session(),
) -> Clients:
    """Clients that act in the source account as the role, with credentials that renew themselves.

    A role that is not known is waited for until `visible_within_seconds` have passed. `session` is
    the policy that narrows what the role may do: without another one it only reads.

    Raises:
        MigrationError: on first use, when the role cannot be assumed.
    """
    session_name = f"smc-migration-{digest(stack)[:12]}"
    assume = partial(_assume, destination, role, session_name, visible_within_seconds, session)
    connection = destination.connection.model_copy(
        update={"account": role.account, "region": role.region}
    )
    renewing = AssumedRoleProvider(assume, role.session_seconds, destination.clock)
    return Clients(connection, destination.clock, renewing, destination.before_call)


def commanding_clients(
    destination: Clients, role: RoleAccess, stack: str, instance_ids: Sequence[str]
) -> Clients:
    """Clients of the role that may run commands on these instances and do nothing else."""
    arns = [instance_arn(role.region, role.account, each) for each in instance_ids]
    return source_clients(destination, role, stack, session=commanding_session(arns))


def once_permitted(call: Callable[[], Result], clients: Clients) -> Result:
    """Call until what the role was granted a moment ago has effect, for at most a minute.

    Raises:
        ApiError: it still has no permission, or anything else is wrong.
    """
    return until_effective(
        call,
        clients.clock,
        lambda error: error.code == "Forbidden.RAM",
        ROLE_VISIBLE_WITHIN_SECONDS,
    )


def _assume(
    destination: Clients,
    role: RoleAccess,
    session_name: str,
    visible_within_seconds: float,
    session: str,
) -> RoleSession:
    def is_new(error: ApiError) -> bool:
        # A role that was created a moment ago is not known everywhere yet.
        return error.code in {"NoPermission", "EntityNotExist.Role"}

    def assume() -> RoleSession:
        return sts.assume_role(
            destination,
            role.arn,
            session_name,
            role.session_seconds,
            policy=session,
            external_id=role.external_id,
        )

    try:
        return until_effective(assume, destination.clock, is_new, visible_within_seconds)
    except ApiError as error:
        if not is_new(error):
            # It says nothing about the role.
            raise
        raise MigrationError(
            f"account {destination.connection.account} cannot assume {role.arn}. {error.bare}\n"
            f"{_why_not(error, role)} Then run `pulumi up` again."
        ) from error


def _why_not(error: ApiError, role: RoleAccess) -> str:
    if error.code == "EntityNotExist.Role":
        return (
            f"Likely cause: account {role.account} has no such role.\n"
            "Fix: correct source.account or source.role.name, or leave out source.role.existing,"
            " and the role is made."
        )
    asked = "another external id" if role.external_id else "an external id (source.role.externalId)"
    return (
        "Likely cause: the role does not trust this account, user or role, or asks for"
        f" {asked}; the RAM user lacks AliyunSTSAssumeRoleAccess; or the caller is an account"
        " root.\n"
        "Fix: check the role's trust policy, source.role and destination.user."
    )
