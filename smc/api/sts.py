"""STS 2015-04-01: whose credentials these are, and the role in the source account."""

from typing import Any

from smc.api._call import call
from smc.api._fields import needed
from smc.clients import Clients
from smc.credentials import RoleSession
from smc.models import Identity


def get_caller_identity(clients: Clients) -> Identity:
    """Account and ARN of the credentials in use. Needs no permission."""
    client = clients.sts()
    return call(
        clients, "sts:GetCallerIdentity", lambda _: client.get_caller_identity(), None, _identity
    )


def assume_role(
    clients: Clients,
    role_arn: str,
    session_name: str,
    duration_seconds: int,
    policy: str | None = None,
    external_id: str | None = None,
) -> RoleSession:
    """Temporary credentials of a role.

    Args:
        clients: of the side that is trusted by the role.
        role_arn: `acs:ram::<account>:role/<name>`.
        session_name: 2 to 64 characters; shows in the audit trail of the role's account.
        duration_seconds: 900 to the role's maximum.
        policy: session policy document that narrows the role further, at most 2,048 characters.
        external_id: what the role's trust document asks for in `sts:ExternalId`.

    Raises:
        ApiError: `NoPermission` when the role does not trust the caller or the caller may not
            assume roles, `EntityNotExist.Role` when there is no such role.
    """
    from alibabacloud_sts20150401.models import AssumeRoleRequest  # noqa: PLC0415 - loaded on use

    request = AssumeRoleRequest(
        role_arn=role_arn,
        role_session_name=session_name,
        duration_seconds=duration_seconds,
        policy=policy,
        external_id=external_id,
    )
    return call(clients, "sts:AssumeRole", clients.sts().assume_role, request, _session)


def _identity(body: Any) -> Identity:
    return Identity(account_id=needed(body.account_id, "AccountId"), arn=needed(body.arn, "Arn"))


def _session(body: Any) -> RoleSession:
    given = needed(body.credentials, "Credentials")
    return RoleSession(
        access_key_id=needed(given.access_key_id, "AccessKeyId"),
        access_key_secret=needed(given.access_key_secret, "AccessKeySecret"),
        security_token=needed(given.security_token, "SecurityToken"),
    )
