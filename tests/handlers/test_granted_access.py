"""What an interrupted update granted is recognised, and nothing else is."""

from alibabacloud_ram20150501 import models as ram

from smc.handlers.granted_access import GrantedAccess, granted_access
from smc.ownership import made_by
from smc.policies import ASSUME_ROLE_POLICY, account_principal, source_policy, trust_policy
from tests.support.cloud import DESTINATION, Cloud
from tests.support.migration import STACK

ROLE, POLICY, USER = "ram-role-smc", "policy-smc", "migration-operator"


def make_role(cloud: Cloud, description: str) -> None:
    cloud.clients("source").ram().create_role(
        ram.CreateRoleRequest(
            role_name=ROLE,
            description=description,
            assume_role_policy_document=trust_policy(account_principal(DESTINATION)),
        )
    )


def make_policy(cloud: Cloud, description: str) -> None:
    cloud.clients("source").ram().create_policy(
        ram.CreatePolicyRequest(
            policy_name=POLICY, description=description, policy_document=source_policy()
        )
    )


def attach_to_role(cloud: Cloud) -> None:
    request = ram.AttachPolicyToRoleRequest(
        policy_type="Custom", policy_name=POLICY, role_name=ROLE
    )
    cloud.clients("source").ram().attach_policy_to_role(request)


def attach_to_user(cloud: Cloud) -> None:
    request = ram.AttachPolicyToUserRequest(
        policy_type="System", policy_name=ASSUME_ROLE_POLICY, user_name=USER
    )
    cloud.clients("destination").ram().attach_policy_to_user(request)


def found(cloud: Cloud, user: str | None = USER) -> GrantedAccess:
    return granted_access(
        cloud.clients("source"), cloud.clients("destination"), STACK, ROLE, POLICY, user
    )


def test_each_step_of_the_stacks_own_is_found(cloud: Cloud) -> None:
    assert found(cloud) == GrantedAccess()
    make_role(cloud, made_by(STACK, "A role."))
    assert found(cloud) == GrantedAccess(role=ROLE)
    make_policy(cloud, made_by(STACK, "A policy."))
    assert found(cloud) == GrantedAccess(role=ROLE, policy=POLICY)
    attach_to_role(cloud)
    attach_to_user(cloud)
    bond = f"role:{POLICY}:Custom:{ROLE}"
    granted = f"user:{ASSUME_ROLE_POLICY}:System:{USER}"
    assert found(cloud) == GrantedAccess(ROLE, POLICY, bond, granted)
    assert found(cloud, user=None) == GrantedAccess(ROLE, POLICY, bond)


def test_what_another_stack_made_is_not_taken_over(cloud: Cloud) -> None:
    make_role(cloud, made_by(f"{STACK}-2", "A role."))
    make_policy(cloud, "A policy, made by hand.")
    attach_to_role(cloud)
    attach_to_user(cloud)
    assert found(cloud) == GrantedAccess()


def test_a_policy_that_the_user_had_before_is_not_taken_over(cloud: Cloud) -> None:
    attach_to_user(cloud)
    cloud.world.clock.advance(60)
    make_role(cloud, made_by(STACK, "A role."))
    assert found(cloud) == GrantedAccess(role=ROLE)
