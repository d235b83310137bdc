"""What RAM policies name as the resource of RAM's own actions.

Source: RAM documentation, "RAM authorization": `acs:ram:*:<account>:user/<name>` and so on; actions
that make or list are held against `user/*`. System policies belong to the account `system`.
"""

from emulator.service import Call, ResourceFunction


def every(kind: str) -> ResourceFunction:
    """All objects of a kind: `user`, `role` or `policy`."""
    return lambda call: [_arn(call.account_id, kind, "*")]


def user(call: Call) -> list[str]:
    """The user named by the call, or the caller."""
    return [_arn(call.account_id, "user", call.get("UserName") or call.caller.name)]


def role(call: Call) -> list[str]:
    """The role named by the call."""
    return [_arn(call.account_id, "role", call.get("RoleName"))]


def policy(call: Call) -> list[str]:
    """The policy named by the call."""
    owner = "system" if call.get("PolicyType") == "System" else call.account_id
    return [_arn(owner, "policy", call.get("PolicyName"))]


def policy_of_user(call: Call) -> list[str]:
    """The user and the policy."""
    return user(call) + policy(call)


def policy_of_role(call: Call) -> list[str]:
    """The role and the policy."""
    return role(call) + policy(call)


def tagged(call: Call) -> list[str]:
    """The objects that a tag action names; all of its type, where it names none."""
    names = call.get("ResourceNames") or ["*"]
    return [_arn(call.account_id, call.get("ResourceType"), name) for name in names]


def _arn(owner: str, kind: str, name: str) -> str:
    return f"acs:ram::{owner}:{kind}/{name}"
