"""Custom policies and their versions.

Source: RAM 2015-05-01 API reference. A policy has at most five versions.
"""

from dataclasses import replace

from emulator.identity.grammar import permission_statements
from emulator.identity.system_policies import SYSTEM_POLICIES
from emulator.identity.tables import Attachment, Policy, key_of
from emulator.ram.tags import delete_tags, put_given_tags
from emulator.service import ApiError, Call, Members, action
from emulator.world import iso_seconds

MOST_VERSIONS = 5


def find_policy(call: Call) -> Policy:
    """The custom policy named by the call.

    Raises:
        ApiError: `EntityNotExist.Policy`.
    """
    policy = call.world.table(Policy).get(key_of(call.account_id, call.get("PolicyName", "")))
    if policy is None:
        raise ApiError(
            "EntityNotExist.Policy", f"The policy not exists: {call.get('PolicyName')}.", 404
        )
    return policy


@action("ram", "CreatePolicy")
def create_policy(call: Call) -> Members:
    """A new custom policy; its name must be free."""
    name = call.get("PolicyName")
    policies = call.world.table(Policy)
    if policies.get(key_of(call.account_id, name)):
        raise ApiError("EntityAlreadyExists.Policy", f"The policy already exists: {name}.", 409)
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
        )
    )
    put_given_tags(call, "policy", name)
    return {"Policy": _members(call, policy)}


@action("ram", "GetPolicy")
def get_policy(call: Call) -> Members:
    """A policy with its default version."""
    name = call.get("PolicyName")
    if call.get("PolicyType") == "System":
        if name not in SYSTEM_POLICIES:
            raise ApiError("EntityNotExist.Policy", f"The policy not exists: {name}.", 404)
        return {
            "Policy": {"PolicyName": name, "PolicyType": "System", "DefaultVersion": "v1"},
            "DefaultPolicyVersion": {"VersionId": "v1", "PolicyDocument": SYSTEM_POLICIES[name]},
        }
    policy = find_policy(call)
    return {
        "Policy": _members(call, policy),
        "DefaultPolicyVersion": _version(policy, policy.default_version, with_document=True),
    }


@action("ram", "ListPolicies")
def list_policies(call: Call) -> Members:
    """All policies, of one type if it is named."""
    kind = call.get("PolicyType")
    listed: list[Members] = []
    if kind in {None, "Custom"}:
        found = call.world.table(Policy).find(account_id=call.account_id)
        listed += [_members(call, policy) for policy in found]
    if kind in {None, "System"}:
        listed += [{"PolicyName": name, "PolicyType": "System"} for name in SYSTEM_POLICIES]
    return {"Policies": {"Policy": listed}, "IsTruncated": False}


@action("ram", "UpdatePolicyDescription")
def update_policy_description(call: Call) -> Members:
    """Change the description."""
    policy = replace(find_policy(call), description=call.get("NewDescription", ""))
    return {"Policy": _members(call, call.world.table(Policy).put(policy))}


@action("ram", "CreatePolicyVersion")
def create_policy_version(call: Call) -> Members:
    """A new version, the default one on request; the oldest gives way where that is asked for."""
    policy = find_policy(call)
    permission_statements(call.get("PolicyDocument"))
    versions, dates = dict(policy.versions), dict(policy.version_dates)
    if len(versions) >= MOST_VERSIONS:
        if call.get("RotateStrategy") != "DeleteOldestNonDefaultVersionWhenLimitExceeded":
            raise ApiError(
                "LimitExceeded.Policy.Version",
                "The count of policy versions beyond the limit.",
                409,
            )
        oldest = next(v for v in versions if v != policy.default_version)
        del versions[oldest], dates[oldest]
    number = max(int(v[1:]) for v in policy.versions) + 1
    version = f"v{number}"
    versions[version] = call.get("PolicyDocument")
    dates[version] = call.world.now
    default = version if call.get("SetAsDefault") in {True, "true"} else policy.default_version
    changed = call.world.table(Policy).put(
        replace(policy, versions=versions, version_dates=dates, default_version=default)
    )
    return {"PolicyVersion": _version(changed, version, with_document=True)}


@action("ram", "ListPolicyVersions")
def list_policy_versions(call: Call) -> Members:
    """All versions of a policy."""
    policy = find_policy(call)
    listed = [_version(policy, version, with_document=True) for version in policy.versions]
    return {"PolicyVersions": {"PolicyVersion": listed}}


@action("ram", "GetPolicyVersion")
def get_policy_version(call: Call) -> Members:
    """One version."""
    policy = find_policy(call)
    return {"PolicyVersion": _version(policy, _known_version(call, policy), with_document=True)}


@action("ram", "SetDefaultPolicyVersion")
def set_default_policy_version(call: Call) -> Members:
    """Put a version in force."""
    policy = find_policy(call)
    version = _known_version(call, policy)
    call.world.table(Policy).put(replace(policy, default_version=version))
    return {}


@action("ram", "DeletePolicyVersion")
def delete_policy_version(call: Call) -> Members:
    """Delete a version that is not the default one."""
    policy = find_policy(call)
    version = _known_version(call, policy)
    if version == policy.default_version:
        raise ApiError(
            "DeleteConflict.PolicyVersion.Default", "The default version can not be deleted.", 409
        )
    call.world.table(Policy).put(
        replace(
            policy,
            versions={v: d for v, d in policy.versions.items() if v != version},
            version_dates={v: d for v, d in policy.version_dates.items() if v != version},
        )
    )
    return {}


@action("ram", "DeletePolicy")
def delete_policy(call: Call) -> Members:
    """Delete a policy that nothing uses; with CascadingDelete its versions go with it."""
    policy = find_policy(call)
    for attachment in _attachments(call, policy):
        kind = attachment.kind.title()
        raise ApiError(
            f"DeleteConflict.Policy.{kind}",
            f"The policy can not delete, before delete, detach it from every {attachment.kind}.",
            409,
        )
    if len(policy.versions) > 1 and str(call.get("CascadingDelete", "")).lower() != "true":
        raise ApiError(
            "DeleteConflict.Policy.Version",
            "The policy can not delete, before delete, delete all versions.",
            409,
        )
    delete_tags(call.world, call.account_id, "policy", policy.name)
    call.world.table(Policy).delete(policy.key)
    return {}


def _known_version(call: Call, policy: Policy) -> str:
    version = str(call.get("VersionId", ""))
    if version not in policy.versions:
        raise ApiError(
            "EntityNotExist.Policy.Version", f"The policy version not exists: {version}.", 404
        )
    return version


def _attachments(call: Call, policy: Policy) -> list[Attachment]:
    return call.world.table(Attachment).find(
        account_id=call.account_id, policy_name=policy.name, policy_type="Custom"
    )


def _members(call: Call, policy: Policy) -> Members:
    return {
        "AttachmentCount": len(_attachments(call, policy)),
        "CreateDate": iso_seconds(policy.created),
        "DefaultVersion": policy.default_version,
        "Description": policy.description,
        "PolicyName": policy.name,
        "PolicyType": "Custom",
    }


def _version(policy: Policy, version: str, *, with_document: bool) -> Members:
    shown = {
        "CreateDate": iso_seconds(policy.version_dates[version]),
        "IsDefaultVersion": version == policy.default_version,
        "VersionId": version,
    }
    return shown | ({"PolicyDocument": policy.versions[version]} if with_document else {})
