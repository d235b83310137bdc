"""Who may do what in RAM: policies name the objects of RAM's own actions."""

import json

import pytest
from alibabacloud_ram20150501 import models
from alibabacloud_ram20150501.client import Client
from alibabacloud_tea_openapi.models import Config

from tests.emulator.test_ram import make_policy, make_role, refusal
from tests.support.cloud import SOURCE, Cloud


def client_of_user(cloud: Cloud, name: str, *statements: tuple[str, str]) -> Client:
    """A client of a new user that is allowed each action on its resource."""
    admin = cloud.clients("source").ram()
    admin.create_user(models.CreateUserRequest(user_name=name))
    document = {
        "Version": "1",
        "Statement": [
            {"Effect": "Allow", "Action": allowed, "Resource": resource}
            for allowed, resource in statements
        ],
    }
    admin.create_policy(
        models.CreatePolicyRequest(policy_name=name, policy_document=json.dumps(document))
    )
    admin.attach_policy_to_user(
        models.AttachPolicyToUserRequest(policy_type="Custom", policy_name=name, user_name=name)
    )
    key = admin.create_access_key(models.CreateAccessKeyRequest(user_name=name)).body.access_key
    return Client(
        Config(
            access_key_id=key.access_key_id,
            access_key_secret=key.access_key_secret,
            endpoint=cloud.described["endpoint"].removeprefix("http://"),
            protocol="http",
        )
    )


NOT_ALLOWED = ("NoPermission", 403)


@pytest.mark.parametrize(
    ("resource", "reader", "lister"),
    [
        ("*", True, True),
        (f"acs:ram:*:{SOURCE}:role/reader", True, False),
        ("acs:ram:*:*:role/read*", True, False),
        (f"acs:ram:*:{SOURCE}:role/*", True, True),
        (f"acs:ram:*:{SOURCE}:role/writer", False, False),
        ("acs:ram:*:999:role/*", False, False),
        (f"acs:ram:*:{SOURCE}:user/*", False, False),
    ],
)
def test_a_role_is_named_by_its_resource(
    cloud: Cloud, resource: str, *, reader: bool, lister: bool
) -> None:
    make_role(cloud.clients("source").ram(), "reader")
    alice = client_of_user(cloud, "alice", ("ram:*Role*", resource))
    read = models.GetRoleRequest(role_name="reader")
    if reader:
        assert alice.get_role(read).body.role.role_name == "reader"
    else:
        assert refusal(alice.get_role, read) == NOT_ALLOWED
    if lister:
        assert alice.list_roles(models.ListRolesRequest()).body.roles.role
    else:
        assert refusal(alice.list_roles, models.ListRolesRequest()) == NOT_ALLOWED


def test_an_attachment_needs_both_its_ends(cloud: Cloud) -> None:
    admin = cloud.clients("source").ram()
    make_role(admin, "reader")
    make_policy(admin)
    attach = "ram:AttachPolicyToRole"
    role, policy = "acs:ram:*:*:role/reader", f"acs:ram:*:{SOURCE}:policy/policy-smc"
    half = client_of_user(cloud, "half", (attach, role))
    whole = client_of_user(cloud, "whole", (attach, role), (attach, policy))
    custom = models.AttachPolicyToRoleRequest(
        policy_type="Custom", policy_name="policy-smc", role_name="reader"
    )
    system = models.AttachPolicyToRoleRequest(
        policy_type="System", policy_name="AdministratorAccess", role_name="reader"
    )
    assert refusal(half.attach_policy_to_role, custom) == NOT_ALLOWED
    assert refusal(whole.attach_policy_to_role, system) == NOT_ALLOWED
    whole.attach_policy_to_role(custom)


def test_a_user_may_be_allowed_its_own_keys_only(cloud: Cloud) -> None:
    own = f"acs:ram:*:{SOURCE}:user/alice"
    alice = client_of_user(cloud, "alice", ("ram:*AccessKey*", own))
    alice.create_access_key(models.CreateAccessKeyRequest())
    listed = alice.list_access_keys(models.ListAccessKeysRequest()).body.access_keys.access_key
    assert len(listed) == 2
    other = models.ListAccessKeysRequest(user_name="account-admin")
    assert refusal(alice.list_access_keys, other) == NOT_ALLOWED
