"""The emulator of a measurement: a process of its own, with a fleet in the source account."""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from cli.local_emulator import LocalEmulator
from tests.support.fleet import fleet_servers, fleet_world
from tests.support.project import SETTINGS

SEED = "bench"


@contextmanager
def fleet_cloud(
    folder: Path, count: int, speed: float, quotas: Mapping[str, float] | None = None
) -> Iterator[LocalEmulator]:
    """Serve a world of so many servers until the block ends.

    Args:
        folder: of its files.
        count: servers in the source account.
        speed: virtual seconds a real second.
        quotas: settings of the world, such as `smc.jobs_quota`; those of a new account if None.
    """
    file = folder / "world.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    world = fleet_world(count)
    world = world.model_copy(update={"settings": {**world.settings, **(quotas or {})}})
    members = world.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    file.write_text(yaml.safe_dump(members), encoding="utf-8")
    emulator = LocalEmulator(folder, speed, file, SEED)
    emulator.start()
    try:
        yield emulator
    finally:
        emulator.stop()


def fleet_settings(emulator: LocalEmulator, count: int) -> dict[str, Any]:
    """A migration of the first so many servers to images."""
    settings = copy.deepcopy(SETTINGS)
    for side in ("source", "destination"):
        settings[side]["credentials"]["file"] = str(emulator.credentials_file)
    return settings | {
        "emulator": str(emulator.address_file),
        "servers": fleet_servers(count),
        "polling": {"firstSeconds": 0.1, "longestSeconds": 0.5},
    }
