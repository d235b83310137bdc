"""What policies and trusts gain and lose, action by action.

Two documents of RAM can say the same in many ways; what counts is which action is allowed or denied
on what, to whom, under which condition.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cli.review.preview import UNKNOWN, Preview, Step

POLICY = "alicloud:ram/policy:Policy"
ROLE = "alicloud:ram/role:Role"
ROLE_ATTACHMENT = "alicloud:ram/rolePolicyAttachment:RolePolicyAttachment"
USER_ATTACHMENT = "alicloud:ram/userPolicyAttachment:UserPolicyAttachment"
ATTACHMENTS = {ROLE_ATTACHMENT: ("role", "roleName"), USER_ATTACHMENT: ("user", "userName")}
DOCUMENTS = {
    POLICY: ("policy", "policyName", "policyDocument"),
    ROLE: ("who may assume role", "roleName", "assumeRolePolicyDocument"),
}


@dataclass(frozen=True, slots=True)
class PermissionChange:
    """What one policy, trust or attachment gains and loses.

    Attributes:
        subject: what changes, such as `policy policy-smc`; with names of others.
        gained: lines that are new.
        lost: lines that are gone.
    """

    subject: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def permission_changes(preview: Preview) -> list[PermissionChange]:
    """All changes of permissions in a preview, the longest gains first."""
    found = [
        change
        for step in preview.steps
        if step.changes and (change := _change(step)) and (change.gained or change.lost)
    ]
    return sorted(found, key=lambda change: (-len(change.gained), change.subject))


def _change(step: Step) -> PermissionChange | None:
    inputs = step.state.inputs
    before = set(_lines(step.kind, step.old.inputs)) if step.op != "create" else set()
    after = set(_lines(step.kind, step.new.inputs)) if step.op != "delete" else set()
    if step.kind in DOCUMENTS:
        what, name, _ = DOCUMENTS[step.kind]
        subject = f"{what} {_known(inputs.get(name))}"
    elif step.kind in ATTACHMENTS:
        what, name = ATTACHMENTS[step.kind]
        subject = f"{what} {_known(inputs.get(name))}"
    else:
        return None
    return PermissionChange(subject, tuple(sorted(after - before)), tuple(sorted(before - after)))


def _lines(kind: str, inputs: Mapping[str, Any]) -> Iterator[str]:
    if kind in ATTACHMENTS:
        yield f"has {_known(inputs.get('policyType'))} policy {_known(inputs.get('policyName'))}"
    elif kind in DOCUMENTS:
        yield from statements(inputs.get(DOCUMENTS[kind][2]))


def statements(document: Any) -> Iterator[str]:
    """Every action that a document allows or denies, a line for each."""
    try:
        listed = json.loads(document)["Statement"]
    except (TypeError, ValueError, KeyError):
        yield f"a document: {_known(document)}"
        return
    for statement in _many(listed):
        scope = [
            f"{key} {_compact(value)}"
            for key, value in sorted(statement.items())
            if key not in {"Effect", "Action", "NotAction", "Resource", "Principal"}
        ]
        but = "every action but " if "NotAction" in statement else ""
        for action in _many(statement.get("Action", statement.get("NotAction"))):
            for on in _many(statement.get("Resource", "")):
                for who in _principals(statement):
                    parts = [
                        str(statement.get("Effect", "")).lower(),
                        f"{but}{action}",
                        f"on {on}" if on else "",
                        f"for {who}" if who else "",
                        *scope,
                    ]
                    yield " ".join(part for part in parts if part)


def _principals(statement: Mapping[str, Any]) -> list[str]:
    principal = statement.get("Principal")
    if not isinstance(principal, Mapping):
        return [str(principal)] if principal else [""]
    return [f"{each}" for kind in principal.values() for each in _many(kind)]


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _known(value: Any) -> str:
    return "(known after the update)" if value in {None, UNKNOWN} else str(value)


def _compact(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
