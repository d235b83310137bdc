"""States of released versions, as users have them: what later versions must go on with."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from emulator.identity.tables import Attachment, Policy, Role
from emulator.smc.tables import ReplicationJob, SourceServer
from tests.support.cloud import demo_world, running_cloud
from tests.support.project import Project

STATES = Path(__file__).parent / "states"

OF_A_RUN = ("created", "modified", "sourcePosition", "stackTrace", "time", "secrets_providers")
"""Members that say when and where a run was, and nothing of what it made."""


ROWS = (Attachment, Policy, ReplicationJob, Role, SourceServer)
"""What of the accounts is kept: what the state names, and nothing secret."""


def places(project: Project) -> dict[str, str]:
    """What differs from run to run, by the name that stands for it in a state that is kept."""
    return {
        "<emulator>": str(project.cloud.address_file),
        "<credentials>": str(project.cloud.credentials_file),
        "<endpoint>": str(project.cloud.described["endpoint"]).removeprefix("http://"),
    }


def recorded(project: Project) -> dict[str, Any]:
    """Settings, state and accounts of a project, without what is of this machine or this run."""
    exported = project.stack.run("stack", "export", quiet=True, check=True).stdout
    world = project.cloud.world
    tables = [world.table(row) for row in ROWS]
    text = json.dumps(
        {
            "now": world.clock.now().isoformat(),
            "rows": {t.spec.name: [t.codec.dump_python(r, mode="json") for r in t] for t in tables},
            "settings": project.settings,
            "state": _without(json.loads(exported)),
        }
    )
    for name, place in places(project).items():
        text = text.replace(place, name)
    kept: dict[str, Any] = json.loads(text)
    return kept


@contextmanager
def restored(folder: Path, state: Path) -> Iterator[Project]:
    """A project as it was kept, at the same moment, in accounts that have what it made."""
    text = state.read_text(encoding="utf-8")
    start = datetime.fromisoformat(json.loads(text)["now"])
    with running_cloud(folder, demo_world(), start=start) as cloud:
        project = Project(folder, cloud)
        for name, place in places(project).items():
            text = text.replace(name, place)
        kept = json.loads(text)
        with cloud.world.transaction():
            for row_class in ROWS:
                table = cloud.world.table(row_class)
                for row in kept["rows"][table.spec.name]:
                    table.put(table.codec.validate_python(row, strict=False))
        project.settings = kept["settings"]
        file = project.program / "state.json"
        file.write_text(json.dumps(kept["state"]))
        project.stack.run("stack", "import", "--file", str(file), quiet=True, check=True)
        yield project


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without(v) for k, v in value.items() if k not in OF_A_RUN}
    return [_without(v) for v in value] if isinstance(value, list) else value
