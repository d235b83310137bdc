"""RAM's limits, pages, versions and what listings show, through the official SDK."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from alibabacloud_ram20150501 import models
from alibabacloud_ram20150501.client import Client
from alibabacloud_tea_openapi.models import Config

from smc.policies import source_policy
from tests.emulator.test_ram import make_policy, make_role, refusal
from tests.support.cloud import Cloud, VirtualTime, demo_world, running_cloud


@pytest.fixture
def ram(cloud: Cloud) -> Client:
    return cloud.clients("source").ram()


def pages(call: Callable[[str | None], Any], items: Callable[[Any], list[Any]]) -> list[list[Any]]:
    """The items on every page of a listing."""
    marker: str | None = None
    found: list[list[Any]] = []
    for _ in range(10):
        body = call(marker)
        found.append([item.to_map() for item in items(body)])
        marker = body.marker
        assert body.is_truncated == (marker is not None)
        if marker is None:
            return found
    raise AssertionError("the listing does not end")


def test_listings_come_in_pages(ram: Client) -> None:
    for number in range(5):
        make_role(ram, f"role-{number}")
        ram.create_user(models.CreateUserRequest(user_name=f"user-{number}"))

    def roles(marker: str | None) -> Any:
        return ram.list_roles(models.ListRolesRequest(max_items=2, marker=marker)).body

    def users(marker: str | None) -> Any:
        return ram.list_users(models.ListUsersRequest(max_items=3, marker=marker)).body

    listed = pages(roles, lambda body: list(body.roles.role))
    assert [[role["RoleName"] for role in page] for page in listed] == [
        ["role-0", "role-1"],
        ["role-2", "role-3"],
        ["role-4"],
    ]
    assert all("AssumeRolePolicyDocument" not in role for page in listed for role in page)
    named = pages(users, lambda body: list(body.users.user))
    assert [len(page) for page in named] == [3, 3]
    wrong = models.ListRolesRequest(marker="what")
    assert refusal(ram.list_roles, wrong) == ("InvalidParameter.Marker", 400)


def test_policies_of_both_types_are_listed_and_read(ram: Client) -> None:
    make_policy(ram)
    listed = ram.list_policies(models.ListPoliciesRequest(max_items=1000)).body.policies.policy
    assert {policy.policy_type for policy in listed} == {"Custom", "System"}
    only = ram.list_policies(models.ListPoliciesRequest(policy_type="Custom")).body.policies.policy
    assert [policy.policy_name for policy in only] == ["policy-smc"]
    about = {"policy_type": "System", "policy_name": "AliyunECSFullAccess"}
    system = ram.get_policy(models.GetPolicyRequest(**about)).body
    assert system.policy.policy_type == "System"
    assert json.loads(system.default_policy_version.policy_document)["Version"] == "1"
    versions = ram.list_policy_versions(models.ListPolicyVersionsRequest(**about)).body
    assert [v.version_id for v in versions.policy_versions.policy_version] == ["v1"]
    not_custom = models.GetPolicyRequest(policy_type="Custom", policy_name="AliyunECSFullAccess")
    assert refusal(ram.get_policy, not_custom) == ("EntityNotExist.Policy", 404)


def test_tags_select_in_listings(ram: Client) -> None:
    for name, stage in (("a", "test"), ("b", "live")):
        make_role(ram, name, tag=[models.CreateRoleRequestTag(key="stage", value=stage)])
    make_role(ram, "c")

    def names(**tag: str) -> list[str]:
        asked = models.ListRolesRequest(tag=[models.ListRolesRequestTag(**tag)])
        return [role.role_name for role in ram.list_roles(asked).body.roles.role]

    assert names(key="stage") == ["a", "b"]
    assert names(key="stage", value="live") == ["b"]
    assert names(key="stage", value="none") == []


def test_a_user_has_at_most_two_keys_and_a_deleted_one_signs_nothing(
    ram: Client, cloud: Cloud
) -> None:
    ram.create_user(models.CreateUserRequest(user_name="alice", email="alice@example.com"))
    asked = models.CreateAccessKeyRequest(user_name="alice")
    first = ram.create_access_key(asked).body.access_key
    of_alice = Client(
        Config(
            access_key_id=first.access_key_id,
            access_key_secret=first.access_key_secret,
            endpoint=cloud.described["endpoint"].removeprefix("http://"),
            protocol="http",
        )
    )
    everybody = models.ListUsersRequest()
    assert refusal(of_alice.list_users, everybody) == ("NoPermission", 403)
    ram.create_access_key(asked)
    assert refusal(ram.create_access_key, asked) == ("LimitExceeded.User.AccessKey", 409)
    ram.delete_access_key(
        models.DeleteAccessKeyRequest(user_name="alice", user_access_key_id=first.access_key_id)
    )
    again = models.DeleteAccessKeyRequest(user_name="alice", user_access_key_id=first.access_key_id)
    assert refusal(ram.delete_access_key, again) == ("EntityNotExist.User.AccessKey", 404)
    assert refusal(of_alice.list_users, everybody) == ("InvalidAccessKeyId.NotFound", 404)
    ram.create_access_key(asked)
    read = ram.get_user(models.GetUserRequest(user_name="ALICE")).body.user
    assert (read.user_name, read.email, read.display_name) == (
        "alice",
        "alice@example.com",
        "alice",
    )


def test_versions_are_set_in_force_and_deleted(ram: Client) -> None:
    make_policy(ram)
    about = {"policy_name": "policy-smc"}
    ram.create_policy_version(
        models.CreatePolicyVersionRequest(**about, policy_document=source_policy())
    )
    in_force = models.DeletePolicyVersionRequest(**about, version_id="v1")
    default = ("DeleteConflict.Policy.Version.Default", 409)
    assert refusal(ram.delete_policy_version, in_force) == default
    whole = models.DeletePolicyRequest(**about)
    assert refusal(ram.delete_policy, whole) == ("DeleteConflict.Policy.Version", 409)
    ram.set_default_policy_version(models.SetDefaultPolicyVersionRequest(**about, version_id="v2"))
    read = ram.get_policy(models.GetPolicyRequest(**about, policy_type="Custom")).body
    assert read.policy.default_version == read.default_policy_version.version_id == "v2"
    ram.delete_policy_version(in_force)
    assert refusal(ram.delete_policy_version, in_force) == ("EntityNotExist.Policy.Version", 404)
    odd = models.DeletePolicyVersionRequest(**about, version_id="first")
    assert refusal(ram.delete_policy_version, odd) == ("InvalidParameter.VersionId.Format", 400)
    ram.delete_policy(whole)


def test_a_cascading_deletion_takes_the_versions_along(ram: Client) -> None:
    make_policy(ram)
    ram.create_policy_version(
        models.CreatePolicyVersionRequest(policy_name="policy-smc", policy_document=source_policy())
    )
    ram.delete_policy(models.DeletePolicyRequest(policy_name="policy-smc", cascading_delete=True))
    gone = models.GetPolicyRequest(policy_type="Custom", policy_name="policy-smc")
    assert refusal(ram.get_policy, gone) == ("EntityNotExist.Policy", 404)


def test_quotas_of_the_world_are_held(tmp_path: Any) -> None:
    quotas: dict[str, float | str] = {
        "ram.roles_quota": 1.0,
        "ram.policies_quota": 1.0,
        "ram.attached_custom_policies_quota": 0.0,
        "ram.attached_system_policies_quota": 1.0,
    }
    with running_cloud(tmp_path, demo_world(settings=quotas)) as cloud:
        ram = cloud.clients("source").ram()
        make_role(ram)
        make_policy(ram)
        policy = models.CreatePolicyRequest(policy_name="two", policy_document=source_policy())
        assert refusal(ram.create_policy, policy) == ("LimitExceeded.Policy", 409)
        attach = {"role_name": "Migration-Role"}
        custom = models.AttachPolicyToRoleRequest(
            **attach, policy_type="Custom", policy_name="policy-smc"
        )
        assert refusal(ram.attach_policy_to_role, custom) == ("LimitExceeded.Role.Policy", 409)
        system = [
            models.AttachPolicyToRoleRequest(**attach, policy_type="System", policy_name=name)
            for name in ("AliyunECSFullAccess", "AliyunVPCFullAccess")
        ]
        ram.attach_policy_to_role(system[0])
        assert refusal(ram.attach_policy_to_role, system[1]) == ("LimitExceeded.Role.Policy", 409)
        with pytest.raises(Exception, match=r"LimitExceeded\.Role"):
            make_role(ram, "second")


def test_a_change_dates_a_role(ram: Client, clock: VirtualTime) -> None:
    made = make_role(ram)
    clock.sleep(3600)
    ram.update_role(models.UpdateRoleRequest(role_name="Migration-Role", new_description="e"))
    read = ram.get_role(models.GetRoleRequest(role_name="Migration-Role")).body.role
    assert read.create_date == made.create_date
    assert read.update_date > read.create_date


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"user_name": "a b"}, "InvalidParameter.UserName.InvalidChars"),
        ({"email": "nobody"}, "InvalidParameter.Email.Format"),
        ({"mobile_phone": "18600008888"}, "InvalidParameter.MobilePhone.Format"),
        ({"comments": "c" * 129}, "InvalidParameter.Comments.Length"),
    ],
)
def test_users_that_cannot_be(ram: Client, changes: dict[str, str], code: str) -> None:
    asked = models.CreateUserRequest(**({"user_name": "alice"} | changes))
    assert refusal(ram.create_user, asked) == (code, 400)
