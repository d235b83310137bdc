"""AssumeRole and GetCallerIdentity.

Source: STS 2015-04-01 API reference. Sessions live in real time: clients hold Expiration against
their own clock.
"""

import re
from datetime import UTC, datetime, timedelta

from emulator.identity.denial import access_denied
from emulator.identity.documents import trusts
from emulator.identity.grammar import permission_statements
from emulator.identity.tables import Role, Session, key_of
from emulator.service import ApiError, Call, Caller, Members, action
from emulator.world import iso_seconds

DEFAULT_SESSION_SECONDS = 3600

_ROLE_ARN = re.compile(r"acs:ram::(?P<account>\d+):role/(?P<name>[A-Za-z0-9._-]+)")


def _role_arn(call: Call) -> list[str]:
    match = _ROLE_ARN.fullmatch(str(call.get("RoleArn", "")))
    if match is None:
        return ["*"]
    return [match[0]]


@action("sts", "GetCallerIdentity")
def get_caller_identity(call: Call) -> Members:
    """Who signed this call."""
    caller = call.caller
    identity_type = {"root": "Account", "user": "RAMUser", "role": "AssumedRoleUser"}[caller.kind]
    members = {
        "AccountId": caller.account_id,
        "Arn": caller.arn,
        "IdentityType": identity_type,
        "PrincipalId": caller.principal_id,
    }
    if caller.kind == "user":
        members["UserId"] = caller.principal_id
    if caller.kind == "role":
        members["RoleId"] = caller.principal_id.partition(":")[0]
    return members


@action("sts", "AssumeRole", resources=_role_arn)
def assume_role(call: Call) -> Members:
    """Temporary credentials of a role that trusts the caller."""
    match = _ROLE_ARN.fullmatch(call.get("RoleArn"))
    if match is None:
        raise ApiError("InvalidParameter.RoleArn", "The parameter RoleArn is wrongly formed.")
    external_id = call.get("ExternalId")
    role = call.world.table(Role).get(key_of(match["account"], match["name"]))
    if role is None or role.visible_from > call.world.now:
        raise ApiError("EntityNotExist.Role", f"The role does not exist: {match['name']}.", 404)
    seconds = _duration(call, role)
    policy = _session_policy(call)
    if call.caller.kind == "root" or not trusts(
        role.trust_document, _principals(call.caller), {"sts:ExternalId": external_id}
    ):
        raise access_denied(call.caller, "sts:AssumeRole", "AssumeRolePolicy", explicit=False)
    return _session(call, role, seconds, policy)


def _duration(call: Call, role: Role) -> int:
    seconds = int(
        call.get("DurationSeconds", min(DEFAULT_SESSION_SECONDS, role.max_session_seconds))
    )
    if seconds > role.max_session_seconds:
        raise ApiError(
            "InvalidParameter.DurationSeconds",
            f"The Max value of DurationSeconds is {role.max_session_seconds} seconds.",
        )
    return seconds


def _session_policy(call: Call) -> str | None:
    policy = call.get("Policy")
    if not policy:
        return None
    try:
        permission_statements(policy)
    except ApiError:
        raise ApiError(
            "InvalidParameter.PolicyGrammar", "The parameter Policy has not passed grammar check."
        ) from None
    return str(policy)


def _principals(caller: Caller) -> list[str]:
    """The ARNs under which a trust document may name the caller."""
    account = f"acs:ram::{caller.account_id}:root"
    if caller.kind == "role":
        return [account, f"acs:ram::{caller.account_id}:role/{caller.name}"]
    return [account, caller.arn]


def _session(call: Call, role: Role, seconds: int, policy: str | None) -> Members:
    session = call.world.table(Session).put(
        Session(
            access_key_id=f"STS.{call.world.new_secret()[:24]}",
            secret=call.world.new_secret()[:44],
            token=call.world.new_secret() + call.world.new_secret(),
            account_id=role.account_id,
            role_name=role.name,
            role_id=role.role_id,
            session_name=call.get("RoleSessionName"),
            expiration=datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds),
            policy=policy,
        )
    )
    return {
        "Credentials": {
            "AccessKeyId": session.access_key_id,
            "AccessKeySecret": session.secret,
            "SecurityToken": session.token,
            "Expiration": iso_seconds(session.expiration),
        },
        "AssumedRoleUser": {
            "Arn": f"acs:ram::{role.account_id}:role/{role.name}/{session.session_name}",
            "AssumedRoleId": f"{role.role_id}:{session.session_name}",
        },
    }
