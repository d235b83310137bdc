"""`python -m tests.golden VERSION`: keep the state of a real run of this version.

Done once for each version that users can have, and never again: the file is their state.
"""

import json
import sys
import tempfile
from pathlib import Path

from tests.golden import STATES, recorded
from tests.support.cloud import demo_world, running_cloud
from tests.support.project import Project
from tests.support.registration import register

SPEED = 3600.0


def make(project: Project) -> None:
    """A migration in which every kind of resource and most kinds of jobs occur."""
    (registered,) = register(project.cloud, "i-source0web2")
    project.settings |= {
        "defaults": {"execution": "drillAndMigrate", "tags": {"project": "tokyo"}},
        "waves": {"front": {}, "back": {"after": ["front"]}},
        "cleanup": {"removeClient": True},
        "servers": {
            "web-1": {
                "select": {"id": "i-source0web1"},
                "target": {"image": "web-1-image"},
                "wave": "front",
            },
            "web-2": {
                "sourceId": registered.source_id,
                "target": {"image": "web-2-image"},
                "execution": "createOnly",
                "wave": "front",
            },
            "app-1": {
                "select": {"privateIp": "192.168.0.21"},
                "target": {"image": "app-1-image"},
                "execution": "immediate",
                "synchronization": {"everyHours": 168, "keepImages": 2},
                "network": {"vswitch": "vsw-target0a", "compressLevel": 5},
                "wave": "back",
            },
            "files-1": {
                "select": {"name": "files-1"},
                "target": {"instance": "i-target0files", "acknowledge": "i-target0files"},
                "execution": "immediate",
                "smokeTest": {"command": "systemctl is-active nginx"},
                "wave": "back",
            },
        },
    }
    up = project.up()
    if up.code:
        raise SystemExit(up.text)


def main(version: str) -> None:
    """Run and keep."""
    target = STATES / f"{version}.json"
    if target.exists():
        raise SystemExit(f"{target} is kept already")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_cloud(folder, demo_world(), SPEED) as cloud:
            project = Project(folder, cloud)
            make(project)
            text = json.dumps(recorded(project), indent=1, sort_keys=True)
    target.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
