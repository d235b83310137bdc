"""Every changed field of a preview, without secrets and without what tells nobody anything."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cli.review.markdown import one_line
from cli.review.preview import UNKNOWN, Preview, State, Step

HIDDEN = frozenset(
    {
        "__provider",
        "__defaults",
        "urn",
        "pace",
        "stack",
        "credentials_file",
        "emulator",
        "profile",
        "sharedCredentialsFile",
        "endpoints",
    }
)
"""Fields that say how this machine works, not what is migrated."""

SCRIPTS = frozenset({"import_commands"})
"""Fields with scripts of the user, which are told by their hash."""

SECRET = re.compile(r"secret|passw|token|access_?key|private_?key|credential", re.IGNORECASE)
SECRET_MARK = "4dabf18193072939515e22adb298388d"  # noqa: S105 - not one
"""Key of an object that stands for a secret (Pulumi SDK)."""

IN_PERMISSIONS = frozenset({"policyDocument", "assumeRolePolicyDocument"})
"""Fields that a part of their own tells, action by action."""

LATER = "(known after the update)"
NO_NEWS = frozenset({LATER, "{}", "[]", '""'})
LONGEST_VALUE = 160
Fields = dict[str, Any]


def changed_fields(step: Step) -> Iterator[str]:
    """Lines of a diff: `- path: old`, `+ path: new`; none for what is deleted.

    A value that the preview cannot know is left out where there is one already: mostly it stays.
    """
    if step.op == "delete":
        return
    before = shown(step.old) if step.op != "create" else {}
    after = shown(step.new)
    if step.op == "create":
        after = {path: text for path, text in after.items() if text not in NO_NEWS}
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) == after.get(path) or _may_stay(path, before, after):
            continue
        if path in before:
            yield f"- {path}: {before[path]}"
        if path in after:
            yield f"+ {path}: {after[path]}"


def _may_stay(path: str, before: Fields, after: Fields) -> bool:
    unknown = [p for p, text in after.items() if text == LATER]
    inside = any(path == p or path.startswith((f"{p}.", f"{p}[")) for p in unknown)
    return inside and any(b == path or b.startswith((f"{path}.", f"{path}[")) for b in before)


def shown(state: State) -> Fields:
    """The fields of a resource that a review may show, by path, as text."""
    return {
        one_line(path): one_line(text, LONGEST_VALUE)
        for path, text in _flat(state.inputs, "", "")
        if path not in IN_PERMISSIONS
    }


def plan_hash(preview: Preview) -> str:
    """Names what a preview will do; it is the same as long as that is.

    Over operation, resource and inputs of every step that changes something.
    """
    done = sorted(
        (step.urn, step.op, sorted(_flat(step.state.inputs, "", "")))
        for step in preview.steps
        if step.changes
    )
    return hashlib.sha256(json.dumps(done).encode()).hexdigest()


def _flat(value: Any, path: str, key: str) -> Iterator[tuple[str, str]]:
    if key in HIDDEN:
        return
    if key in SCRIPTS and value:
        digest = hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
        yield path, f"a script, sha256 {digest[:16]}"
    elif _is_secret(key, value):
        yield path, "[secret]"
    elif value == UNKNOWN:
        yield path, LATER
    elif isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name), str(name))
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{number}]", "")
    else:
        yield path, json.dumps(value, ensure_ascii=False)


def _is_secret(key: str, value: Any) -> bool:
    marked = isinstance(value, Mapping) and SECRET_MARK in value
    return marked or (bool(SECRET.search(key)) and isinstance(value, str) and bool(value))
