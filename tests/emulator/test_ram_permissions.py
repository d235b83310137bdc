"""Who may do what in RAM: policies name the objects of RAM's own actions."""

import json
from typing import Any

import pytest
from alibabacloud_ram20150501 import models
from alibabacloud_ram20150501.client import Client
from alibabacloud_sts20150401.models import AssumeRoleRequest
from alibabacloud_tea_openapi.exceptions import ClientException
from alibabacloud_tea_openapi.models import Config

from smc.policies import account_principal, trust_policy
from tests.emulator.test_identity import ROLE, grant
from tests.emulator.test_ram import make_policy, make_role, refusal
from tests.support.cloud import DESTINATION, SOURCE, Cloud


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


def denied(call: Any, *arguments: Any) -> dict[str, str]:
    """The AccessDeniedDetail with which a call is refused."""
    with pytest.raises(ClientException) as raised:
        call(*arguments)
    assert raised.value.status_code == 403
    detail: dict[str, str] = raised.value.access_denied_detail
    return detail


def test_a_refusal_tells_whom_and_why(cloud: Cloud) -> None:
    alice = client_of_user(cloud, "alice", ("ram:Get*", "*"))
    admin = cloud.clients("source").ram()
    user_id = admin.get_user(models.GetUserRequest(user_name="alice")).body.user.user_id
    expected = {
        "AuthAction": "ram:ListUsers",
        "AuthPrincipalDisplayName": user_id,
        "AuthPrincipalOwnerId": SOURCE,
        "AuthPrincipalType": "SubUser",
        "NoPermissionType": "ImplicitDeny",
        "PolicyType": "AccountLevelIdentityBasedPolicy",
    }
    assert denied(alice.list_users, models.ListUsersRequest()) == expected
    statement = {"Effect": "Deny", "Action": "ram:*", "Resource": "*"}
    document = json.dumps({"Version": "1", "Statement": [statement]})
    admin.create_policy_version(
        models.CreatePolicyVersionRequest(
            policy_name="alice", policy_document=document, set_as_default=True
        )
    )
    assert denied(alice.list_users, models.ListUsersRequest()) == expected | {
        "NoPermissionType": "ExplicitDeny"
    }


def test_a_refusal_names_the_policy_of_a_session_and_of_a_role(cloud: Cloud) -> None:
    allow = {"Effect": "Allow", "Action": "ram:*", "Resource": "*"}
    less = allow | {"Action": "ram:Get*"}
    documents = [json.dumps({"Version": "1", "Statement": [s]}) for s in (allow, less)]
    grant(cloud, account_principal(DESTINATION), documents[0])
    sts = cloud.clients("destination").sts()
    asked = AssumeRoleRequest(role_arn=ROLE, role_session_name="narrow", policy=documents[1])
    session = sts.assume_role(asked).body.credentials
    narrow = Client(
        Config(
            access_key_id=session.access_key_id,
            access_key_secret=session.access_key_secret,
            security_token=session.security_token,
            endpoint=cloud.described["endpoint"].removeprefix("http://"),
            protocol="http",
        )
    )
    narrow.get_role(models.GetRoleRequest(role_name="ram-role-smc"))
    by_session = denied(narrow.list_users, models.ListUsersRequest())
    assert by_session["AuthPrincipalDisplayName"] == "ram-role-smc:narrow"
    assert by_session["AuthPrincipalType"] == "AssumedRoleUser"
    assert by_session["PolicyType"] == "SessionPolicy"
    cloud.clients("source").ram().update_role(
        models.UpdateRoleRequest(
            role_name="ram-role-smc",
            new_assume_role_policy_document=trust_policy(account_principal(SOURCE)),
        )
    )
    by_trust = denied(sts.assume_role, asked)
    assert by_trust["PolicyType"] == "AssumeRolePolicy"
