"""Access that an interrupted `pulumi up` granted already, so that the next one takes it over.

Pulumi forgets a resource whose create was cut off, and RAM refuses to make it a second time. A role
and its policy tell by their description which stack made them. Nothing can be written on a user's
policy: it is the stack's if the role is, and if the user has it no longer than the role exists, for
it is granted after the role was made.

Calls: ram:GetRole, ram:GetPolicy, ram:ListPoliciesForRole, ram:ListPoliciesForUser.
"""

from dataclasses import dataclass

from smc.api.ram import get_custom_policy, get_role, policies_of_role, policies_of_user
from smc.clients import Clients
from smc.models import RamEntity
from smc.ownership import is_made_by
from smc.policies import ASSUME_ROLE_POLICY


@dataclass(frozen=True, slots=True)
class GrantedAccess:
    """Ids of what is there already and the stack's, in the alicloud provider's form; else None."""

    role: str | None = None
    policy: str | None = None
    role_policy: str | None = None
    user_policy: str | None = None


NOTHING = GrantedAccess()


def granted_access(
    source: Clients, destination: Clients, stack: str, role: str, policy: str, user: str | None
) -> GrantedAccess:
    """What is granted already.

    Args:
        source: clients of the account with the role.
        destination: clients of the account with the user.
        stack: see `smc.ownership`.
        role: name of the role.
        policy: name of its policy.
        user: name of the user who is granted to assume roles, if any.

    Raises:
        ApiError: RAM refuses.
    """
    its_role = _ours(stack, get_role(source, role))
    its_policy = _ours(stack, get_custom_policy(source, policy))
    bond = None
    if its_role and its_policy and policy in policies_of_role(source, role):
        bond = f"role:{policy}:Custom:{role}"
    return GrantedAccess(
        role=role if its_role else None,
        policy=policy if its_policy else None,
        role_policy=bond,
        user_policy=_user_policy(destination, user, its_role) if user and its_role else None,
    )


def _ours(stack: str, found: RamEntity | None) -> RamEntity | None:
    return found if found is not None and is_made_by(stack, found.description) else None


def _user_policy(destination: Clients, user: str, role: RamEntity) -> str | None:
    since = policies_of_user(destination, user).get(ASSUME_ROLE_POLICY)
    if since is None or role.created is None or since < role.created:
        return None
    return f"user:{ASSUME_ROLE_POLICY}:System:{user}"
