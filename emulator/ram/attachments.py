"""Policies attached to users and roles.

Source: RAM 2015-05-01 API reference.
"""

from emulator.identity.access import attach
from emulator.identity.tables import Attachment, Role, User, key_of, principal_of
from emulator.ram import resources
from emulator.ram.limits import must_have_room
from emulator.ram.policies import find_policy, named_policy, policy_type
from emulator.service import ApiError, Call, Members, action
from emulator.world import iso_seconds


@action("ram", "AttachPolicyToRole", resources=resources.policy_of_role)
def attach_policy_to_role(call: Call) -> Members:
    """Give a role a policy."""
    return _attach(call, "role", call.get("RoleName"))


@action("ram", "DetachPolicyFromRole", resources=resources.policy_of_role)
def detach_policy_from_role(call: Call) -> Members:
    """Take a policy from a role."""
    return _detach(call, "role", call.get("RoleName"))


@action("ram", "ListPoliciesForRole", resources=resources.role)
def list_policies_for_role(call: Call) -> Members:
    """The policies of a role."""
    return _list(call, "role", call.get("RoleName"))


@action("ram", "AttachPolicyToUser", resources=resources.policy_of_user)
def attach_policy_to_user(call: Call) -> Members:
    """Give a user a policy."""
    return _attach(call, "user", call.get("UserName"))


@action("ram", "DetachPolicyFromUser", resources=resources.policy_of_user)
def detach_policy_from_user(call: Call) -> Members:
    """Take a policy from a user."""
    return _detach(call, "user", call.get("UserName"))


@action("ram", "ListPoliciesForUser", resources=resources.user)
def list_policies_for_user(call: Call) -> Members:
    """The policies of a user."""
    return _list(call, "user", call.get("UserName"))


@action("ram", "ListEntitiesForPolicy", resources=resources.policy)
def list_entities_for_policy(call: Call) -> Members:
    """The users and roles that have a policy; all three lists are always there.

    Not modelled: groups; their list is empty.
    """
    policy = find_policy(call)
    found = call.world.table(Attachment).find(
        account_id=call.account_id, policy_name=policy.name, policy_type=policy_type(policy)
    )
    users: list[Members] = []
    roles: list[Members] = []
    for attachment in found:
        _, kind, name = attachment.principal.split("/", 2)
        principal = _find_principal(call, kind, name)
        date = {"AttachDate": iso_seconds(attachment.attached)}
        if isinstance(principal, User):
            users.append(
                {
                    "DisplayName": principal.display_name or principal.name,
                    "UserId": principal.user_id,
                    "UserName": principal.name,
                }
                | date
            )
        else:
            roles.append(
                {
                    "Arn": principal.arn,
                    "Description": principal.description,
                    "RoleId": principal.role_id,
                    "RoleName": principal.name,
                }
                | date
            )
    return {"Users": {"User": users}, "Groups": {"Group": []}, "Roles": {"Role": roles}}


def _attach(call: Call, kind: str, name: str) -> Members:
    policy = find_policy(call)
    principal = _find_principal(call, kind, name)
    entity = f"{kind.title()}.Policy"
    to = principal_of(call.account_id, kind, principal.name)
    attached = call.world.table(Attachment).find(principal=to, policy_type=policy_type(policy))
    if any(attachment.policy_name == policy.name for attachment in attached):
        raise ApiError(
            f"EntityAlreadyExists.{entity}",
            f"The {kind} has already been attached this policy: {policy.name}.",
            409,
        )
    must_have_room(call, policy_type(policy), len(attached), entity=entity)
    attach(
        call.world,
        (call.account_id, kind, principal.name),
        (policy_type(policy), policy.name),
        call.world.now,
    )
    return {}


def _detach(call: Call, kind: str, name: str) -> Members:
    policy = find_policy(call)
    principal = _find_principal(call, kind, name)
    found = call.world.table(Attachment).find(
        principal=principal_of(call.account_id, kind, principal.name),
        policy_type=policy_type(policy),
        policy_name=policy.name,
    )
    if not found:
        raise ApiError(
            f"EntityNotExist.{kind.title()}.Policy",
            f"The policy is not attached to the {kind}: {policy.name}.",
            404,
        )
    call.world.table(Attachment).delete(found[0].key)
    return {}


def _list(call: Call, kind: str, name: str) -> Members:
    principal = _find_principal(call, kind, name)
    to = principal_of(call.account_id, kind, principal.name)
    found = call.world.table(Attachment).find(principal=to)
    return {"Policies": {"Policy": [_members(call, attachment) for attachment in found]}}


def _members(call: Call, attachment: Attachment) -> Members:
    policy = named_policy(call, attachment.policy_type, attachment.policy_name)
    return {
        "AttachDate": iso_seconds(attachment.attached),
        "DefaultVersion": policy.default_version,
        "Description": policy.description,
        "PolicyName": policy.name,
        "PolicyType": attachment.policy_type,
    }


def _find_principal(call: Call, kind: str, name: str) -> User | Role:
    key = key_of(call.account_id, name)
    found = call.world.table(User).get(key) if kind == "user" else call.world.table(Role).get(key)
    if found is None:
        raise ApiError(f"EntityNotExist.{kind.title()}", f"The {kind} does not exist: {name}.", 404)
    return found
