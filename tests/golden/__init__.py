"""States of released versions, as users have them: what later versions must go on with."""

import json
from pathlib import Path
from typing import Any

from tests.support.project import Project

STATES = Path(__file__).parent / "states"

OF_A_RUN = ("created", "modified", "sourcePosition", "stackTrace", "time", "secrets_providers")
"""Members that say when and where a run was, and nothing of what it made."""


def places(project: Project) -> dict[str, str]:
    """What differs from run to run, by the name that stands for it in a state that is kept."""
    return {
        "<emulator>": str(project.cloud.address_file),
        "<credentials>": str(project.cloud.credentials_file),
        "<endpoint>": str(project.cloud.described["endpoint"]).removeprefix("http://"),
    }


def recorded(project: Project) -> dict[str, Any]:
    """The settings and the state of a project, without what is of this machine or this run."""
    exported = project.stack.run("stack", "export", quiet=True, check=True).stdout
    text = json.dumps({"settings": project.settings, "state": _without(json.loads(exported))})
    for name, place in places(project).items():
        text = text.replace(place, name)
    kept: dict[str, Any] = json.loads(text)
    return kept


def restore(project: Project, state: Path) -> None:
    """Give a project these settings and this state."""
    text = state.read_text(encoding="utf-8")
    for name, place in places(project).items():
        text = text.replace(name, place)
    kept = json.loads(text)
    project.settings = kept["settings"]
    file = project.program / "state.json"
    file.write_text(json.dumps(kept["state"]))
    project.stack.run("stack", "import", "--file", str(file), quiet=True, check=True)


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without(v) for k, v in value.items() if k not in OF_A_RUN}
    return [_without(v) for v in value] if isinstance(value, list) else value
