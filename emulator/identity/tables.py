"""Rows of identity. Keys join the account id and the name, for names are unique in an account."""

from dataclasses import dataclass, field
from datetime import datetime

from emulator.world import row


@row("account", key="account_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An Alibaba Cloud account. `side` is its name in the world file."""

    account_id: str
    side: str
    login_user: str
    service_role_for_smc: bool = True


@row("ram_user", key="key", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A RAM user."""

    key: str
    account_id: str
    name: str
    user_id: str
    created: datetime
    display_name: str = ""
    mobile_phone: str = ""
    email: str = ""
    comments: str = ""


@row("access_key", key="access_key_id", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """An access key of a RAM user."""

    access_key_id: str
    secret: str
    account_id: str
    user_name: str
    created: datetime


@row("ram_role", key="key", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A RAM role. AssumeRole knows it from `visible_from` on."""

    key: str
    account_id: str
    name: str
    role_id: str
    trust_document: str
    description: str
    max_session_seconds: int
    created: datetime
    updated: datetime
    visible_from: datetime

    @property
    def arn(self) -> str:
        """`acs:ram::ID:role/NAME`."""
        return f"acs:ram::{self.account_id}:role/{self.name.lower()}"


@row("ram_policy", key="key", indexes=("account_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A custom policy. `versions` maps `v1`, `v2` … to documents."""

    key: str
    account_id: str
    name: str
    description: str
    default_version: str
    versions: dict[str, str]
    version_dates: dict[str, datetime]
    created: datetime
    updated: datetime


@row("ram_attachment", key="key", indexes=("account_id", "principal"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A policy on a user or a role. `principal` is `ID/user/NAME` or `ID/role/NAME`."""

    key: str
    account_id: str
    principal: str
    policy_name: str
    policy_type: str
    attached: datetime

    @property
    def kind(self) -> str:
        """`user` or `role`."""
        return self.principal.split("/", 2)[1]


@row("ram_tag", key="key", indexes=("resource",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag on a role, user or policy. `resource` is `ID/role/NAME` and so on."""

    key: str
    resource: str
    tag_key: str
    tag_value: str


@row("sts_session", key="access_key_id")
@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Temporary credentials of an assumed role. `expiration` is real time."""

    access_key_id: str
    secret: str
    token: str
    account_id: str
    role_name: str
    role_id: str
    session_name: str
    expiration: datetime
    policy: str | None = field(default=None)


def key_of(account_id: str, name: str) -> str:
    """Key of a named row; RAM names do not differ by case alone."""
    return f"{account_id}/{name.lower()}"


def principal_of(account_id: str, kind: str, name: str) -> str:
    """What a policy is attached to."""
    return f"{account_id}/{kind}/{name.lower()}"
