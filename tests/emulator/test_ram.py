"""RAM through the official SDK: life cycles, what stands in the way of a deletion, and tags."""

from typing import Any

import pytest
from alibabacloud_ram20150501 import models
from alibabacloud_ram20150501.client import Client
from alibabacloud_tea_openapi.exceptions import ClientException

from smc.policies import account_principal, source_policy, trust_policy
from tests.support.cloud import DESTINATION, Cloud


@pytest.fixture
def ram(cloud: Cloud) -> Client:
    return cloud.clients("source").ram()


def refusal(call: Any, request: Any) -> tuple[str, int]:
    with pytest.raises(ClientException) as raised:
        call(request)
    return raised.value.code, raised.value.status_code


def make_role(ram: Client, name: str = "Migration-Role", **more: Any) -> Any:
    document = trust_policy(account_principal(DESTINATION))
    request = models.CreateRoleRequest(role_name=name, assume_role_policy_document=document, **more)
    return ram.create_role(request).body.role


def make_policy(ram: Client, name: str = "policy-smc") -> None:
    request = models.CreatePolicyRequest(policy_name=name, policy_document=source_policy())
    ram.create_policy(request)


def test_life_of_a_role(ram: Client) -> None:
    made = make_role(ram, description="d", max_session_duration=7200)
    assert made.arn == "acs:ram::1000000000000001:role/migration-role"
    assert refusal(
        ram.create_role,
        models.CreateRoleRequest(
            role_name="MIGRATION-ROLE",
            assume_role_policy_document=trust_policy(account_principal(DESTINATION)),
        ),
    ) == ("EntityAlreadyExists.Role", 409)
    ram.update_role(models.UpdateRoleRequest(role_name="Migration-Role", new_description="e"))
    read = ram.get_role(models.GetRoleRequest(role_name="Migration-Role")).body.role
    assert (read.description, read.max_session_duration) == ("e", 7200)
    ram.delete_role(models.DeleteRoleRequest(role_name="Migration-Role"))
    assert refusal(ram.get_role, models.GetRoleRequest(role_name="Migration-Role")) == (
        "EntityNotExist.Role",
        404,
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"role_name": "a b"}, "InvalidParameter.RoleName.InvalidChars"),
        ({"role_name": "r" * 65}, "InvalidParameter.RoleName.Length"),
        ({"role_name": None}, "MissingRoleName"),
        ({"max_session_duration": 60}, "InvalidParameter.MaxSessionDuration"),
        ({"max_session_duration": 43201}, "InvalidParameter.MaxSessionDuration"),
        ({"description": "d" * 1025}, "InvalidParameter.Description.Length"),
        ({"assume_role_policy_document": "{}"}, "MalformedPolicyDocument"),
        ({"assume_role_policy_document": source_policy()}, "MalformedPolicyDocument"),
    ],
)
def test_roles_that_cannot_be(ram: Client, changes: dict[str, Any], code: str) -> None:
    document = trust_policy(account_principal(DESTINATION))
    given = {"role_name": "role", "assume_role_policy_document": document} | changes
    assert refusal(ram.create_role, models.CreateRoleRequest(**given)) == (code, 400)
    assert ram.list_roles(models.ListRolesRequest()).body.roles.role == []


def test_what_is_attached_cannot_be_deleted(ram: Client) -> None:
    make_role(ram)
    make_policy(ram)
    to_role = {"policy_type": "Custom", "policy_name": "policy-smc", "role_name": "Migration-Role"}
    to_user = {"policy_type": "Custom", "policy_name": "policy-smc", "user_name": "account-admin"}
    ram.attach_policy_to_role(models.AttachPolicyToRoleRequest(**to_role))
    again = models.AttachPolicyToRoleRequest(**to_role)
    assert refusal(ram.attach_policy_to_role, again)[0] == "EntityAlreadyExists.Role.Policy"
    role = models.DeleteRoleRequest(role_name="Migration-Role")
    policy = models.DeletePolicyRequest(policy_name="policy-smc")
    assert refusal(ram.delete_role, role) == ("DeleteConflict.Role.Policy", 409)
    assert refusal(ram.delete_policy, policy) == ("DeleteConflict.Policy.Role", 409)
    ram.detach_policy_from_role(models.DetachPolicyFromRoleRequest(**to_role))
    ram.attach_policy_to_user(models.AttachPolicyToUserRequest(**to_user))
    assert refusal(ram.delete_policy, policy) == ("DeleteConflict.Policy.User", 409)
    ram.detach_policy_from_user(models.DetachPolicyFromUserRequest(**to_user))
    ram.delete_policy(policy)
    ram.delete_role(role)


def test_entities_of_a_policy_keep_their_names(ram: Client) -> None:
    make_role(ram)
    make_policy(ram)
    ram.attach_policy_to_role(
        models.AttachPolicyToRoleRequest(
            policy_type="Custom", policy_name="policy-smc", role_name="migration-role"
        )
    )
    asked = models.ListEntitiesForPolicyRequest(policy_type="Custom", policy_name="policy-smc")
    listed = ram.list_entities_for_policy(asked).body
    assert [role.role_name for role in listed.roles.role] == ["Migration-Role"]
    assert listed.users.user == []
    missing = models.ListEntitiesForPolicyRequest(policy_type="Custom", policy_name="none")
    assert refusal(ram.list_entities_for_policy, missing) == ("EntityNotExist.Policy", 404)


def test_a_policy_has_at_most_five_versions(ram: Client) -> None:
    make_policy(ram)
    asked = {"policy_name": "policy-smc", "policy_document": source_policy()}
    for _ in range(4):
        ram.create_policy_version(models.CreatePolicyVersionRequest(**asked, set_as_default=True))
    sixth = models.CreatePolicyVersionRequest(**asked)
    assert refusal(ram.create_policy_version, sixth)[0] == "LimitExceeded.Policy.Version"
    rotating = models.CreatePolicyVersionRequest(
        **asked, rotate_strategy="DeleteOldestNonDefaultVersionWhenLimitExceeded"
    )
    ram.create_policy_version(rotating)
    listed = ram.list_policy_versions(
        models.ListPolicyVersionsRequest(policy_type="Custom", policy_name="policy-smc")
    ).body.policy_versions.policy_version
    assert [(v.version_id, v.is_default_version) for v in listed] == [
        ("v2", False),
        ("v3", False),
        ("v4", False),
        ("v5", True),
        ("v6", False),
    ]


def test_tags_live_and_die_with_their_role(ram: Client) -> None:
    make_role(ram, tag=[models.CreateRoleRequestTag(key="a", value="1")])
    about = {"resource_type": "role", "resource_names": ["Migration-Role"]}
    ram.tag_resources(
        models.TagResourcesRequest(**about, tag=[models.TagResourcesRequestTag(key="b", value="2")])
    )
    ram.untag_resources(models.UntagResourcesRequest(**about, tag_keys=["a"]))

    def tags() -> list[tuple[str, str]]:
        listed = ram.list_tag_resources(models.ListTagResourcesRequest(**about))
        return [(tag.tag_key, tag.tag_value) for tag in listed.body.tag_resources]

    assert tags() == [("b", "2")]
    ram.delete_role(models.DeleteRoleRequest(role_name="Migration-Role"))
    ghost = models.TagResourcesRequest(
        **about, tag=[models.TagResourcesRequestTag(key="c", value="3")]
    )
    assert refusal(ram.tag_resources, ghost) == ("EntityNotExist.Role", 404)
    make_role(ram)
    assert tags() == []


def test_twenty_tags_are_the_most_and_a_refusal_leaves_none(ram: Client) -> None:
    make_role(ram)
    about = {"resource_type": "role", "resource_names": ["Migration-Role"]}
    many = [models.TagResourcesRequestTag(key=f"k{n}", value="v") for n in range(21)]
    code, _ = refusal(ram.tag_resources, models.TagResourcesRequest(**about, tag=many))
    assert code == "InvalidParameter.Tag"
    assert ram.list_tag_resources(models.ListTagResourcesRequest(**about)).body.tag_resources == []
    ram.tag_resources(models.TagResourcesRequest(**about, tag=many[:20]))
    code, _ = refusal(ram.tag_resources, models.TagResourcesRequest(**about, tag=many[20:]))
    assert code == "LimitExceeded.Tag"
    kept = ram.list_tag_resources(models.ListTagResourcesRequest(**about)).body.tag_resources
    assert len(kept) == 20


def test_users_and_keys(ram: Client) -> None:
    ram.create_user(models.CreateUserRequest(user_name="alice"))
    key = ram.create_access_key(models.CreateAccessKeyRequest(user_name="alice")).body.access_key
    listed = ram.list_access_keys(models.ListAccessKeysRequest(user_name="alice")).body.access_keys
    assert [k.access_key_id for k in listed.access_key] == [key.access_key_id]
    alice = models.DeleteUserRequest(user_name="alice")
    assert refusal(ram.delete_user, alice)[0] == "DeleteConflict.User.AccessKey"
    ram.delete_access_key(
        models.DeleteAccessKeyRequest(user_name="alice", user_access_key_id=key.access_key_id)
    )
    ram.delete_user(alice)
    names = [u.user_name for u in ram.list_users(models.ListUsersRequest()).body.users.user]
    assert names == ["account-admin"]
