"""`python -m cli policy`: the documents that give both sides what a stack needs, and no more."""

import json
from typing import Any

from smc.permissions import (
    destination_policy,
    reviewer_policy,
    role_maker_policy,
    role_permissions,
    trusted_principal,
    watcher_policy,
)
from smc.policies import trust_policy
from smc.settings import Settings


def policy_documents(settings: Settings) -> dict[str, Any]:
    """All documents by side.

    Returns:
        `source.role`: what the program makes, or what a role that exists has to be like;
        `source.roleMaker`: for whoever makes it, None where the role exists;
        `destination.policy`: for the user or role that runs the program;
        `destination.reviewer`: for whoever previews, such as a pipeline on pull requests;
        `destination.watcher`: for whoever only watches.
    """
    source, role = settings.source, settings.source.role
    return {
        "source": {
            "account": source.account,
            "role": {
                "name": role.name,
                "trust": json.loads(trust_policy(trusted_principal(settings), role.external_id)),
                "policyName": role.policy_name,
                "policy": json.loads(role_permissions(settings)),
            },
            "roleMaker": _parsed(role_maker_policy(settings)),
        },
        "destination": {
            "account": settings.destination.account,
            "user": settings.destination.user,
            "policy": _parsed(destination_policy(settings)),
            "reviewer": _parsed(reviewer_policy()),
            "watcher": _parsed(watcher_policy()),
        },
    }


def _parsed(document: str | None) -> Any:
    return None if document is None else json.loads(document)
