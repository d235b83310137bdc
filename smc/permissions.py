"""Least privilege for whoever runs a migration: what each side's own credentials must be allowed.

The role in the source account has its documents in `smc.policies`; these are those of the
destination's user, who runs everything, and of the source's, who makes the role. Every action is
one that this library or the alicloud plugin calls, and each is limited to the objects that its API
lets a policy name. SMC authorizes by action only, so its resource is `*`.
Source: RAM authorization tables of SMC, ECS, STS and RAM.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from smc.policies import (
    ASSUME_ROLE_POLICY,
    account_principal,
    commands_on,
    document,
    instance_arn,
    role_arn,
    source_policy,
    user_principal,
)
from smc.settings import Settings
from smc.settings.rules import command_targets
from smc.settings.smoke_test import Launch

SMC_ACTIONS = (
    "smc:CreateAccessToken",
    "smc:CreateReplicationJob",
    "smc:DeleteAccessToken",
    "smc:DeleteReplicationJob",
    "smc:DeleteSourceServer",
    "smc:DescribeReplicationJobs",
    "smc:DescribeSourceServers",
    "smc:DisableAccessToken",
    "smc:ListAccessTokens",
    "smc:ModifyReplicationJobAttribute",
    "smc:ModifySourceServerAttribute",
    "smc:StartReplicationJob",
    "smc:StopReplicationJob",
    "smc:CutOverReplicationJob",
    "smc:TagResources",
    "smc:UntagResources",
)
"""From the activation code to the deleted source server."""

WATCHING_ACTIONS = ("smc:DescribeReplicationJobs", "smc:DescribeSourceServers")
"""All that `python -m cli watch` and `status` call, but for who they are."""

READING_ACTIONS = (
    "ecs:DescribeDisks",
    "ecs:DescribeImages",
    "ecs:DescribeInstances",
    "ecs:DescribeSnapshots",
)
"""Look at targets, and for what SMC leaves; `python -m cli sweep` does so for every stack."""

INSTANCE_ACTIONS = ("ecs:DeleteInstance", "ecs:TagResources")
"""Claim and release the instances that SMC leaves; only what carries the stack's tag is released.
The API cannot limit this to them: their ids are not known before SMC makes them."""

DISK_ACTIONS = ("ecs:DeleteDisk", "ecs:DetachDisk", "ecs:TagResources")
"""Claim and release the temporary disks that SMC leaves on target instances."""

THROWAWAY_ACTIONS = ("ecs:DeleteImage", "ecs:DeleteSnapshot", "ecs:TagResources")
"""Remove the image of a rehearsal and its snapshots, or those of a target instance's disks."""

BACKUP_ACTIONS = ("ecs:CreateSnapshot", "ecs:ResetDisk")
"""Make snapshots of a target instance's disks before a rehearsal, and go back to them."""

POWER_ACTIONS = ("ecs:StartInstance", "ecs:StopInstance")
"""Stop a target instance to bring its disks back."""

LAUNCH_ACTIONS = ("ecs:RunInstances",)
"""Make the short-lived instance that an image is tested on. The API limits it to the image, the
vSwitch, the security group and the launch template; the instance has no id yet."""

COMMAND_READING_ACTIONS = ("ecs:DescribeInvocations",)
"""See how the command of a smoke test ended."""

MOST_NAMED_INSTANCES = 50
"""Target instances named one by one: more would not fit into the 6,144 characters of a policy."""

POLICY_ACTIONS = (
    "ram:CreatePolicyVersion",
    "ram:DeletePolicy",
    "ram:DeletePolicyVersion",
    "ram:GetPolicy",
    "ram:ListEntitiesForPolicy",
    "ram:ListPolicyVersions",
)
"""Keep the role's policy as it is declared, and delete it with all its versions."""

ROLE_ACTIONS = ("ram:DeleteRole", "ram:GetRole", "ram:ListPoliciesForRole", "ram:UpdateRole")
"""Keep the role as it is declared, and delete it."""

BOND_ACTIONS = ("ram:AttachPolicyToRole", "ram:DetachPolicyFromRole", "ram:ListTagResources")
"""About the role and its policy."""

USER_ACTIONS = ("ram:AttachPolicyToUser", "ram:DetachPolicyFromUser", "ram:ListPoliciesForUser")
"""Grant `destination.user` the system policy that lets it assume roles."""


def trusted_principal(settings: Settings) -> str:
    """ARN of who may assume the role: one user or role of the destination, or its account."""
    account, role = settings.destination.account, settings.source.role
    if role.trusted_user:
        return user_principal(account, role.trusted_user)
    if role.trusted_role:
        return role_arn(account, role.trusted_role)
    return account_principal(account)


def role_permissions(settings: Settings) -> str:
    """Policy document of the role: the ten documented actions, RunCommand limited if strict."""
    source = settings.source
    return source_policy(command_targets(source, settings.servers) if source.role.strict else None)


def destination_policy(settings: Settings) -> str:
    """Policy document of the user or role in the destination account that runs the migration.

    With `destination.user` it may grant that user, and no other, the one system policy that it
    grants; without, it may assume the one role, and nothing of RAM.
    """
    statements = [_user_access(settings) if settings.destination.user else _assume(settings)]
    if settings.servers:
        statements += _migration(settings)
    return document(*statements)


def role_maker_policy(settings: Settings) -> str | None:
    """Policy document of the user in the source account that makes the role.

    None where the role exists already: no credentials of that account are needed then.
    """
    role = settings.source.role
    if role.existing:
        return None
    account = settings.source.account
    the_role, the_policy = (
        _ram(account, "role", role.name),
        _ram(account, "policy", role.policy_name),
    )
    return document(
        # What does not exist has no name yet to be limited to.
        _allow(["ram:CreateRole"], _ram(account, "role", "*")),
        _allow(["ram:CreatePolicy"], _ram(account, "policy", "*")),
        _allow(POLICY_ACTIONS, the_policy),
        _allow(ROLE_ACTIONS, the_role),
        _allow(BOND_ACTIONS, the_policy, the_role),
    )


def watcher_policy() -> str:
    """Policy document of a user in the destination account who only watches."""
    return document(_allow(WATCHING_ACTIONS, "*"))


def reviewer_policy() -> str:
    """Policy document of a user or role in the destination account who previews a stack.

    It changes nothing and may not assume the role in the source account, which could run commands
    there: the code of a pull request gets these permissions before anybody has looked at it. The
    source account's role has to exist then, and servers are not looked at before their import.
    """
    return document(_allow((*WATCHING_ACTIONS, *READING_ACTIONS), "*"))


def _assume(settings: Settings) -> dict[str, Any]:
    source = settings.source
    return _allow(["sts:AssumeRole"], _ram(source.account, "role", source.role.name))


def _user_access(settings: Settings) -> dict[str, Any]:
    user = _ram(settings.destination.account, "user", str(settings.destination.user))
    return _allow(USER_ACTIONS, user, _ram("system", "policy", ASSUME_ROLE_POLICY))


def _migration(settings: Settings) -> list[dict[str, Any]]:
    default, account = settings.destination.region, settings.destination.account
    targets = [server.target for server in settings.servers.values()]
    regions = sorted({target.region or default for target in targets})
    replaced = {t.instance: t.region or default for t in targets if t.instance}
    instances = [instance_arn(region, account, "*") for region in regions]
    statements = [
        _allow(SMC_ACTIONS, "*"),
        _allow(READING_ACTIONS, "*"),
        _allow(INSTANCE_ACTIONS, *instances),
    ]
    if replaced:
        disks = [f"acs:ecs:{region}:{account}:disk/*" for region in sorted(set(replaced.values()))]
        statements += [
            _allow(DISK_ACTIONS, *disks),
            _allow(["ecs:DetachDisk"], *_replaced_instances(account, replaced)),
        ]
    return statements + _rehearsals(settings) + _smoke_tests(settings)


def _rehearsals(settings: Settings) -> list[dict[str, Any]]:
    """What rehearsals need: nothing where none is asked for."""
    default, account = settings.destination.region, settings.destination.account
    targets = [s.target for s in settings.servers.values() if settings.options(s).rehearses]
    if not targets:
        return []
    regions = sorted({target.region or default for target in targets})
    snapshots = [f"acs:ecs:{region}:{account}:snapshot/*" for region in regions]
    images = [f"acs:ecs:{region}:{account}:image/*" for region in regions]
    statements = [_allow(THROWAWAY_ACTIONS, *images, *snapshots)]
    replaced = {t.instance: t.region or default for t in targets if t.instance}
    if replaced:
        disks = [f"acs:ecs:{region}:{account}:disk/*" for region in sorted(set(replaced.values()))]
        statements += [
            _allow(BACKUP_ACTIONS, *disks, *snapshots),
            _allow(POWER_ACTIONS, *_replaced_instances(account, replaced)),
        ]
    return statements


def _smoke_tests(settings: Settings) -> list[dict[str, Any]]:
    """What smoke tests need: nothing where none is asked for."""
    default, account = settings.destination.region, settings.destination.account
    tests = [
        (server.target.region or default, server.target, test)
        for wave, servers in settings.wave_members().items()
        for server in servers.values()
        if (test := settings.smoke_test(wave, server))
    ]
    made, replaced, launched = set(), {}, set()
    for region, target, test in tests:
        if target.instance and test.command:
            replaced[target.instance] = region
        elif test.launch:
            launched |= _launch_resources(region, account, test.launch)
            made |= {instance_arn(region, account, "*")} if test.command else set()
    statements = [_allow(LAUNCH_ACTIONS, *launched)] if launched else []
    if replaced or made:
        on = [*made, *_replaced_instances(account, replaced)]
        statements += [commands_on(on), _allow(COMMAND_READING_ACTIONS, "*")]
    return statements


def _launch_resources(region: str, account: str, launch: Launch) -> set[str]:
    """What RunInstances names: of a launch template nobody knows here what is in it."""
    ecs = f"acs:ecs:{region}:{account}"
    named = {f"{ecs}:launchtemplate/{launch.template.id}"} if launch.template else set()
    return named | {
        f"{ecs}:image/*",
        f"{ecs}:instance/*",
        f"{ecs}:securitygroup/{launch.security_group or '*'}",
        f"acs:vpc:{region}:{account}:vswitch/{launch.vswitch or '*'}",
    }


def _replaced_instances(account: str, replaced: Mapping[str, str]) -> list[str]:
    """ARNs of the target instances, or of all in their regions where there are too many."""
    named = [instance_arn(region, account, each) for each, region in replaced.items()]
    if len(named) <= MOST_NAMED_INSTANCES:
        return named
    return [instance_arn(region, account, "*") for region in set(replaced.values())]


def _ram(owner: str, kind: str, name: str) -> str:
    return f"acs:ram:*:{owner}:{kind}/{name}"


def _allow(actions: Sequence[str], *resources: str) -> dict[str, Any]:
    named: Any = "*" if resources == ("*",) else sorted(set(resources))
    return {"Effect": "Allow", "Action": sorted(actions), "Resource": named}
