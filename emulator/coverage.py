"""What the emulator does of each action, as a table made from code.

Parameters and answers come from emulator/<service>/coverage.json, which the conformance test writes
from what each action really read and answered in its good calls. Behaviour is the first line of the
action's docstring; what is not modelled, its paragraph that begins with `Not modelled:`.
"""

import inspect
import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from emulator.http.request import SERVICES
from emulator.http.validate import metadata
from emulator.service import ACTIONS, Action

NOT_MODELLED = "Not modelled:"

_HEAD = """\
# What the emulator does

Made by `python -m emulator coverage`. A parameter is with effect when the action read it in the
calls of the conformance test; the others are checked, then ignored. Members are those that its
answers had there, of those that are documented.
"""
_NOT_EXAMINED: dict[str, Any] = {"members": [0, 0], "reads": [], "returns": []}
_TITLES = ("action", "behaviour", "with effect", "without effect", "members", "not modelled")


@cache
def recorded(service: str) -> dict[str, Any]:
    """Action -> `reads`, `returns`, and `members`: how many are there, and are documented."""
    source = files("emulator") / service / "coverage.json"
    loaded: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    return loaded


def table() -> str:
    """All actions by service, in Markdown."""
    versions = {service: version for version, service in SERVICES.items()}
    parts = [_HEAD]
    for service in sorted({service for service, _ in ACTIONS}):
        actions = sorted(name for owner, name in ACTIONS if owner == service)
        parts.append(f"\n## {service.upper()} {versions[service]}: {len(actions)} actions\n\n")
        rows = [_TITLES, ("---",) * len(_TITLES), *(_row(ACTIONS[service, a]) for a in actions)]
        parts += [f"| {' | '.join(row)} |\n" for row in rows]
    return "".join(parts)


def _row(action: Action) -> tuple[str, ...]:
    known = metadata(action.service).get(action.name, {}).get("parameters", {})
    found = recorded(action.service).get(action.name, _NOT_EXAMINED)
    there, documented = found["members"]
    idle = sorted(known.keys() - set(found["reads"]))
    paragraphs = list(_paragraphs(action))
    missing = [p.removeprefix(NOT_MODELLED) for p in paragraphs if p.startswith(NOT_MODELLED)]
    return (
        action.name,
        paragraphs[0],
        ", ".join(found["reads"]),
        ", ".join(idle),
        f"{there} of {documented}" if documented else "",
        " ".join(missing).strip(),
    )


def _paragraphs(action: Action) -> Iterator[str]:
    documentation = inspect.getdoc(action.run) or ""
    for paragraph in documentation.split("\n\n"):
        yield " ".join(paragraph.split())
