"""Whether a caller may do something: identity policies, narrowed by the session's policy."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from emulator.identity.denial import PolicyType, access_denied
from emulator.identity.documents import Decision, evaluate
from emulator.identity.system_policies import SYSTEM_POLICIES
from emulator.identity.tables import Attachment, Policy, key_of, principal_of
from emulator.service import Caller
from emulator.world import World

ATTACHMENT_DELAY = "ram.attachment_visible_after_seconds"
"""World setting: virtual seconds until an attached policy has effect."""

OPEN_TO_ALL = frozenset({"sts:GetCallerIdentity"})
"""Needs no permission."""


def authorize(world: World, caller: Caller, action: str, resources: Iterable[str]) -> None:
    """Let the caller do `action` (`ecs:RunCommand`) to all the resources, or refuse.

    Raises:
        ApiError: 403 with the service's own code; the message names the action.
    """
    if caller.kind == "root" or action in OPEN_TO_ALL:
        return
    documents = list(_documents(world, caller))
    for resource in resources:
        decision = evaluate(documents, action, resource)
        policy_type: PolicyType = "AccountLevelIdentityBasedPolicy"
        if decision == Decision.ALLOW and caller.session_policy:
            decision = evaluate([caller.session_policy], action, resource)
            policy_type = "SessionPolicy"
        if decision != Decision.ALLOW:
            explicit = decision == Decision.DENY
            raise access_denied(caller, action, policy_type, explicit=explicit)


def _documents(world: World, caller: Caller) -> Iterable[str]:
    principal = principal_of(caller.account_id, caller.kind, caller.name)
    delay = timedelta(seconds=float(world.setting(ATTACHMENT_DELAY, 0)))
    for attachment in world.table(Attachment).find(principal=principal):
        if attachment.attached + delay > world.now:
            continue
        document = policy_document(world, attachment)
        if document is not None:
            yield document


def policy_document(world: World, attachment: Attachment) -> str | None:
    """The document in force of an attached policy."""
    if attachment.policy_type == "System":
        return SYSTEM_POLICIES.get(attachment.policy_name)
    policy = world.table(Policy).get(key_of(attachment.account_id, attachment.policy_name))
    return policy.versions[policy.default_version] if policy else None


def attach(
    world: World, principal: tuple[str, str, str], policy: tuple[str, str], moment: datetime
) -> Attachment:
    """Attach policy (type, name) to principal (account, kind, name)."""
    account_id, kind, name = principal
    policy_type, policy_name = policy
    to = principal_of(account_id, kind, name)
    return world.table(Attachment).put(
        Attachment(
            key=f"{to}/{policy_type}/{policy_name}",
            account_id=account_id,
            principal=to,
            policy_name=policy_name,
            policy_type=policy_type,
            attached=moment,
        )
    )
