"""RAM users that hold exactly one policy document each, and log in to one side of a cloud."""

from typing import Any

from alibabacloud_ram20150501 import models as ram

from tests.support.cloud import Cloud

POLICY = "exact"


def log_in_with(cloud: Cloud, side: str, document: str, user: str) -> None:
    """Make a user with this policy and no other, and let `side` use its access key."""
    api = cloud.clients(side).ram()
    api.create_user(ram.CreateUserRequest(user_name=user))
    api.create_policy(ram.CreatePolicyRequest(policy_name=POLICY, policy_document=document))
    api.attach_policy_to_user(
        ram.AttachPolicyToUserRequest(policy_type="Custom", policy_name=POLICY, user_name=user)
    )
    key = api.create_access_key(ram.CreateAccessKeyRequest(user_name=user)).body.access_key
    cloud.described["accounts"][side] |= {
        "access_key_id": key.access_key_id,
        "access_key_secret": key.access_key_secret,
    }
    cloud.write_credentials()


def without(document: dict[str, Any], action: str) -> dict[str, Any]:
    """The document with one action less."""
    kept = []
    for statement in document["Statement"]:
        left = [each for each in statement["Action"] if each != action]
        if left:
            kept.append({**statement, "Action": left})
    return {**document, "Statement": kept}


def actions_of(document: dict[str, Any]) -> set[str]:
    """All actions that a document allows."""
    return {action for statement in document["Statement"] for action in statement["Action"]}
