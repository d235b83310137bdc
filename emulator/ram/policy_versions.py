"""Versions of custom policies, five at most, one of them in force.

Source: RAM 2015-05-01 API reference.
"""

from dataclasses import replace

from emulator.identity.grammar import permission_statements
from emulator.identity.tables import Policy
from emulator.ram import resources
from emulator.ram.limits import must_have_room
from emulator.ram.policies import find_policy, version_members
from emulator.service import ApiError, Call, Members, action

ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"


@action("ram", "CreatePolicyVersion", resources=resources.policy)
def create_policy_version(call: Call) -> Members:
    """A new version, the default one on request; the oldest gives way where that is asked for."""
    policy = find_policy(call)
    permission_statements(call.get("PolicyDocument"))
    kept = list(policy.versions)
    try:
        must_have_room(call, "Policy.Version", len(kept))
    except ApiError:
        if call.get("RotateStrategy") != ROTATE:
            raise
        kept.remove(next(v for v in kept if v != policy.default_version))
    number = max(int(version[1:]) for version in policy.versions) + 1
    new = f"v{number}"
    changed = replace(
        policy,
        versions={v: policy.versions[v] for v in kept} | {new: call.get("PolicyDocument")},
        version_dates={v: policy.version_dates[v] for v in kept} | {new: call.world.now},
        default_version=new if call.get("SetAsDefault") else policy.default_version,
        updated=call.world.now,
    )
    return {"PolicyVersion": version_members(call.world.table(Policy).put(changed), new)}


@action("ram", "ListPolicyVersions", resources=resources.policy)
def list_policy_versions(call: Call) -> Members:
    """All versions of a policy."""
    policy = find_policy(call)
    listed = [version_members(policy, version) for version in policy.versions]
    return {"PolicyVersions": {"PolicyVersion": listed}}


@action("ram", "GetPolicyVersion", resources=resources.policy)
def get_policy_version(call: Call) -> Members:
    """One version of a policy."""
    policy = find_policy(call)
    return {"PolicyVersion": version_members(policy, _known_version(call, policy))}


@action("ram", "SetDefaultPolicyVersion", resources=resources.policy)
def set_default_policy_version(call: Call) -> Members:
    """Put a version in force."""
    policy = find_policy(call)
    version = _known_version(call, policy)
    call.world.table(Policy).put(replace(policy, default_version=version, updated=call.world.now))
    return {}


@action("ram", "DeletePolicyVersion", resources=resources.policy)
def delete_policy_version(call: Call) -> Members:
    """Delete a version that is not the default one."""
    policy = find_policy(call)
    version = _known_version(call, policy)
    if version == policy.default_version:
        raise ApiError(
            "DeleteConflict.Policy.Version.Default",
            "The default policy version can not be deleted directly.",
            409,
        )
    call.world.table(Policy).put(
        replace(
            policy,
            versions={v: d for v, d in policy.versions.items() if v != version},
            version_dates={v: d for v, d in policy.version_dates.items() if v != version},
            updated=call.world.now,
        )
    )
    return {}


def _known_version(call: Call, policy: Policy) -> str:
    version = str(call.get("VersionId"))
    if version not in policy.versions:
        raise ApiError(
            "EntityNotExist.Policy.Version", f"The policy version does not exist: {version}.", 404
        )
    return version
