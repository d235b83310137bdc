"""Policies attached to users and roles.

Source: RAM 2015-05-01 API reference.
"""

from emulator.identity.access import attach
from emulator.identity.system_policies import SYSTEM_POLICIES
from emulator.identity.tables import Attachment, Policy, Role, User, key_of, principal_of
from emulator.service import ApiError, Call, Members, action
from emulator.world import iso_seconds


def _attach(call: Call, kind: str, name: str) -> Members:
    policy_type, policy_name = call.get("PolicyType"), call.get("PolicyName")
    _policy_must_exist(call)
    principal = _find_principal(call, kind, name)
    if _attached(call, kind, name):
        raise ApiError(
            f"EntityAlreadyExists.{kind.title()}.Policy",
            f"The policy is already attached: {policy_name}.",
            409,
        )
    to = (call.account_id, kind, principal.name)
    attach(call.world, to, (policy_type, policy_name), call.world.now)
    return {}


def _detach(call: Call, kind: str, name: str) -> Members:
    attachment = _attached(call, kind, name)
    if attachment is None:
        raise ApiError(
            f"EntityNotExist.{kind.title()}.Policy",
            f"The policy is not attached: {call.get('PolicyName')}.",
            404,
        )
    call.world.table(Attachment).delete(attachment.key)
    return {}


def _list(call: Call, kind: str, name: str) -> Members:
    _find_principal(call, kind, name)
    found = call.world.table(Attachment).find(principal=principal_of(call.account_id, kind, name))
    return {
        "Policies": {
            "Policy": [
                {
                    "AttachDate": iso_seconds(attachment.attached),
                    "DefaultVersion": "v1",
                    "Description": "",
                    "PolicyName": attachment.policy_name,
                    "PolicyType": attachment.policy_type,
                }
                for attachment in found
            ]
        }
    }


def _policy_must_exist(call: Call) -> None:
    name = call.get("PolicyName")
    if call.get("PolicyType") == "System":
        known = name in SYSTEM_POLICIES
    else:
        known = call.world.table(Policy).get(key_of(call.account_id, name)) is not None
    if not known:
        raise ApiError("EntityNotExist.Policy", f"The policy not exists: {name}.", 404)


def _find_principal(call: Call, kind: str, name: str) -> User | Role:
    key = key_of(call.account_id, name)
    found = call.world.table(User).get(key) if kind == "user" else call.world.table(Role).get(key)
    if found is None:
        raise ApiError(f"EntityNotExist.{kind.title()}", f"The {kind} not exists: {name}.", 404)
    return found


def _attached(call: Call, kind: str, name: str) -> Attachment | None:
    to = principal_of(call.account_id, kind, name)
    key = f"{to}/{call.get('PolicyType')}/{call.get('PolicyName')}"
    return call.world.table(Attachment).get(key)


@action("ram", "AttachPolicyToRole")
def attach_policy_to_role(call: Call) -> Members:
    """Give a role a policy."""
    return _attach(call, "role", call.get("RoleName"))


@action("ram", "DetachPolicyFromRole")
def detach_policy_from_role(call: Call) -> Members:
    """Take a policy from a role."""
    return _detach(call, "role", call.get("RoleName"))


@action("ram", "ListPoliciesForRole")
def list_policies_for_role(call: Call) -> Members:
    """The policies of a role."""
    return _list(call, "role", call.get("RoleName"))


@action("ram", "AttachPolicyToUser")
def attach_policy_to_user(call: Call) -> Members:
    """Give a user a policy."""
    return _attach(call, "user", call.get("UserName"))


@action("ram", "DetachPolicyFromUser")
def detach_policy_from_user(call: Call) -> Members:
    """Take a policy from a user."""
    return _detach(call, "user", call.get("UserName"))


@action("ram", "ListPoliciesForUser")
def list_policies_for_user(call: Call) -> Members:
    """The policies of a user."""
    return _list(call, "user", call.get("UserName"))


@action("ram", "ListEntitiesForPolicy")
def list_entities_for_policy(call: Call) -> Members:
    """The users, groups and roles that have a policy; all three lists are always there."""
    _policy_must_exist(call)
    found = call.world.table(Attachment).find(
        account_id=call.account_id,
        policy_name=call.get("PolicyName"),
        policy_type=call.get("PolicyType"),
    )
    names: dict[str, list[str]] = {"user": [], "role": []}
    for attachment in found:
        _, kind, name = attachment.principal.split("/", 2)
        names[kind].append(_find_principal(call, kind, name).name)
    return {
        "Users": {"User": [{"UserName": name} for name in names["user"]]},
        "Groups": {"Group": []},
        "Roles": {"Role": [{"RoleName": name} for name in names["role"]]},
    }
