"""Policies: custom ones, and Alibaba Cloud's own, which nobody can change.

Source: RAM 2015-05-01 API reference.
"""

from dataclasses import replace
from datetime import UTC, datetime

from emulator.identity.grammar import permission_statements
from emulator.identity.system_policies import SYSTEM_POLICIES
from emulator.identity.tables import Attachment, Policy, key_of
from emulator.ram import resources
from emulator.ram.limits import must_have_room
from emulator.ram.pages import page
from emulator.ram.tags import delete_tags, has_given_tags, put_given_tags, tag_members
from emulator.service import ApiError, Call, Members, action
from emulator.world import iso_seconds

SYSTEM_POLICIES_MADE = datetime(2015, 5, 1, tzinfo=UTC)
"""The API's version; when the real ones were made is not documented."""


def find_policy(call: Call) -> Policy:
    """The policy named by the call, a custom one unless PolicyType says System.

    Raises:
        ApiError: `EntityNotExist.Policy`.
    """
    return named_policy(call, call.get("PolicyType", "Custom"), call.get("PolicyName", ""))


def named_policy(call: Call, kind: str, name: str) -> Policy:
    """The policy of a type, `System` or `Custom`.

    Raises:
        ApiError: `EntityNotExist.Policy`.
    """
    if kind == "System":
        policy = _system_policy(name)
    else:
        policy = call.world.table(Policy).get(key_of(call.account_id, name))
    if policy is None:
        raise ApiError("EntityNotExist.Policy", f"The policy does not exist: {name}.", 404)
    return policy


def policy_type(policy: Policy) -> str:
    """`System` or `Custom`."""
    return "Custom" if policy.account_id else "System"


def _system_policy(name: str) -> Policy | None:
    if name not in SYSTEM_POLICIES:
        return None
    return Policy(
        key="",
        account_id="",
        name=name,
        description="",
        default_version="v1",
        versions={"v1": SYSTEM_POLICIES[name]},
        version_dates={"v1": SYSTEM_POLICIES_MADE},
        created=SYSTEM_POLICIES_MADE,
        updated=SYSTEM_POLICIES_MADE,
    )


@action("ram", "CreatePolicy", resources=resources.every("policy"))
def create_policy(call: Call) -> Members:
    """A new custom policy; its name must be free."""
    name = call.get("PolicyName")
    policies = call.world.table(Policy)
    if policies.get(key_of(call.account_id, name)):
        raise ApiError("EntityAlreadyExists.Policy", f"The policy does already exist: {name}.", 409)
    must_have_room(call, "Policy", len(policies.find(account_id=call.account_id)))
    permission_statements(call.get("PolicyDocument"))
    policy = policies.put(
        Policy(
            key=key_of(call.account_id, name),
            account_id=call.account_id,
            name=name,
            description=call.get("Description", ""),
            default_version="v1",
            versions={"v1": call.get("PolicyDocument")},
            version_dates={"v1": call.world.now},
            created=call.world.now,
            updated=call.world.now,
        )
    )
    put_given_tags(call, "policy", name)
    return {"Policy": _members(policy)}


@action("ram", "GetPolicy", resources=resources.policy)
def get_policy(call: Call) -> Members:
    """A policy with its default version."""
    policy = find_policy(call)
    return {
        "Policy": _listed(call, policy),
        "DefaultPolicyVersion": version_members(policy, policy.default_version),
    }


@action("ram", "ListPolicies", resources=resources.every("policy"))
def list_policies(call: Call) -> Members:
    """Policies by pages, custom ones first; of one type, or with all the tags named."""
    found: list[Policy] = []
    if call.get("PolicyType", "Custom") == "Custom":
        found += call.world.table(Policy).find(account_id=call.account_id)
    if call.get("PolicyType", "System") == "System":
        found += [policy for name in SYSTEM_POLICIES if (policy := _system_policy(name))]
    found = [policy for policy in found if has_given_tags(call, "policy", policy.name)]
    shown, more = page(
        call,
        found,
        lambda policy: (
            _listed(call, policy) | {"Tags": {"Tag": tag_members(call, "policy", policy.name)}}
        ),
    )
    return {"Policies": {"Policy": shown}, **more}


@action("ram", "UpdatePolicyDescription", resources=resources.policy)
def update_policy_description(call: Call) -> Members:
    """Change the description of a custom policy."""
    policy = replace(
        find_policy(call), description=call.get("NewDescription", ""), updated=call.world.now
    )
    call.world.table(Policy).put(policy)
    return {"Policy": _members(policy) | {"UpdateDate": iso_seconds(policy.updated)}}


@action("ram", "DeletePolicy", resources=resources.policy)
def delete_policy(call: Call) -> Members:
    """Delete a policy that nothing uses; with CascadingDelete its versions go with it."""
    policy = find_policy(call)
    for attachment in _attachments(call, policy):
        raise ApiError(
            f"DeleteConflict.Policy.{attachment.kind.title()}",
            f"The policy can not be attached to any {attachment.kind} while deleting the policy.",
            409,
        )
    if len(policy.versions) > 1 and not call.get("CascadingDelete"):
        raise ApiError(
            "DeleteConflict.Policy.Version",
            "The policy can not have any version except the default version.",
            409,
        )
    delete_tags(call.world, call.account_id, "policy", policy.name)
    call.world.table(Policy).delete(policy.key)
    return {}


def _attachments(call: Call, policy: Policy) -> list[Attachment]:
    return call.world.table(Attachment).find(
        account_id=call.account_id, policy_name=policy.name, policy_type=policy_type(policy)
    )


def _members(policy: Policy) -> Members:
    return {
        "CreateDate": iso_seconds(policy.created),
        "DefaultVersion": policy.default_version,
        "Description": policy.description,
        "PolicyName": policy.name,
        "PolicyType": policy_type(policy),
    }


def _listed(call: Call, policy: Policy) -> Members:
    return _members(policy) | {
        "AttachmentCount": len(_attachments(call, policy)),
        "UpdateDate": iso_seconds(policy.updated),
    }


def version_members(policy: Policy, version: str) -> Members:
    """One version of a policy as responses show it."""
    return {
        "CreateDate": iso_seconds(policy.version_dates[version]),
        "IsDefaultVersion": version == policy.default_version,
        "PolicyDocument": policy.versions[version],
        "VersionId": version,
    }
