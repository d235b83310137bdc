"""The migration that the pictures show: three waves, a small quota, a failure and findings."""

from typing import Any

import yaml

from emulator.smc.tables import PlannedFailure
from emulator.world_file import WorldFile
from tests.support.cloud import DEMO_WORLD, Cloud
from tests.support.project import Project

QUOTA = 4
SHOPS = {1: 9, 2: 12, 3: 7, 4: 16, 5: 11, 6: 8}
"""Servers of the last wave -> GiB in use."""

PRICES = {"currency": "CNY", "transitionInstanceHour": 0.52, "diskGibHour": 0.0014}
"""Invented, as everything in the pictures."""


def world() -> WorldFile:
    """The demo's world with a few shops more."""
    declared = yaml.safe_load(DEMO_WORLD.read_text(encoding="utf-8"))
    instances = declared["accounts"]["source"]["instances"]
    like = next(instance for instance in instances if instance["name"] == "web-1")
    for number, used in SHOPS.items():
        instances.append(
            like
            | {
                "id": f"i-source0shop{number}",
                "name": f"shop-{number}",
                "privateIp": f"192.168.1.{number}",
                "publicIp": f"203.0.113.{100 + number}",
                "disks": [{"sizeGib": 40, "usedGib": used}],
            }
        )
    return WorldFile.model_validate(declared)


def declare(project: Project) -> None:
    """Write the settings, and let two things go wrong."""
    project.settings |= {
        "defaults": {"execution": "drillAndMigrate"},
        "waves": {"front": {}, "back": {"after": ["front"]}, "shops": {"after": ["front"]}},
        "runningQuota": QUOTA,
        "prices": PRICES,
        "polling": {"firstSeconds": 0.1, "longestSeconds": 0.2},
        "servers": {
            "web-1": _to_image("web-1", "front"),
            "web-2": _to_image("web-2", "front"),
            "app-1": _to_image("app-1", "back"),
            "db-1": _to_image("db-1", "back"),
            "files-1": {
                "select": {"name": "files-1"},
                "target": {"instance": "i-target0files", "acknowledge": "i-target0files"},
                "wave": "back",
            },
            **{f"shop-{n}": _to_image(f"shop-{n}", "shops") for n in SHOPS},
        },
    }


def change(project: Project) -> None:
    """Change the settings, so that there is something to review."""
    servers = project.settings["servers"]
    servers["web-1"]["run"] = 2
    servers["app-1"]["description"] = "the order desk"
    servers["mail-1"] = {
        "select": {"id": "i-source0stop"},
        "target": {"image": "mail-1-tokyo"},
        "wave": "back",
    }
    del servers["shop-6"]
    project.settings["source"]["role"] = {"trustedUser": "migration-operator"}


def let_one_fail(cloud: Cloud) -> None:
    """One of the shops has no rsync, and nobody has seen it."""
    with cloud.world.transaction():
        cloud.world.table(PlannedFailure).put(
            PlannedFailure(
                subject="i-source0shop3",
                at_percent=40,
                code="S1",
                message="Rsync not found. Please install rsync.",
            )
        )


def _to_image(name: str, wave: str) -> dict[str, Any]:
    return {"select": {"name": name}, "target": {"image": f"{name}-tokyo"}, "wave": wave}
