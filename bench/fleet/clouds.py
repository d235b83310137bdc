"""The emulator of a measurement: a process of its own, with a fleet in the source account."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from cli.local_emulator import LocalEmulator
from tests.support.cloud import DESTINATION, SOURCE
from tests.support.fleet import fleet_world, instance_id, names

SEED = "bench"


@contextmanager
def fleet_cloud(
    folder: Path, count: int, speed: float, settings: Mapping[str, float] | None = None
) -> Iterator[LocalEmulator]:
    """Serve a world of so many servers until the block ends.

    Args:
        folder: of its files.
        count: servers in the source account.
        speed: virtual seconds a real second.
        settings: of the world, such as larger quotas.
    """
    world = fleet_world(count)
    world = world.model_copy(update={"settings": {**world.settings, **(settings or {})}})
    file = folder / "world.yaml"
    folder.mkdir(parents=True, exist_ok=True)
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
    credentials = {"file": str(emulator.credentials_file)}
    return {
        "source": {
            "account": SOURCE,
            "region": "cn-hangzhou",
            "credentials": {"profile": "source", **credentials},
        },
        "destination": {
            "account": DESTINATION,
            "region": "ap-northeast-1",
            "credentials": {"profile": "destination", **credentials},
            "user": "migration-operator",
        },
        "emulator": str(emulator.address_file),
        "defaults": {"execution": "immediate"},
        "servers": {
            name: {"select": {"id": instance_id(name)}, "target": {"image": f"{name}-image"}}
            for name in names(count)
        },
        "polling": {"firstSeconds": 0.1, "longestSeconds": 0.5},
    }
