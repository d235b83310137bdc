"""What is swept: three servers, each moved in another way, among things that belong to others."""

from dataclasses import replace
from typing import Any

from emulator.ecs.tables import Disk, Image, Instance
from smc.handlers.transition import TEMPORARY_DISK_NAME, TRANSITION_INSTANCE_NAME
from tests.support.cloud import DESTINATION
from tests.support.smc_calls import REGION, Smc

SERVERS: dict[str, Any] = {
    "web-1": {"select": {"name": "web-1"}, "target": {"image": "web-1-image"}},
    "files-1": {
        "select": {"name": "files-1"},
        "target": {"instance": "i-target0files", "acknowledge": "i-target0files"},
    },
    "web-2": {
        "select": {"name": "web-2"},
        "target": {"image": "web-2-image"},
        "synchronization": {"everyHours": 168, "keepImages": 2},
    },
}
"""To an image, to an existing instance, and to an image that is kept synchronized."""

POLLING = {"firstSeconds": 0.01, "longestSeconds": 0.02}

SECONDS_A_CALL = 120.0
"""Virtual time that passes with each call: a migration takes about 20 looks, a sweep of all calls
is over long before the first synchronization."""


def plant_foreign_objects(smc: Smc) -> None:
    """Another one's source server, job, activation code, and what looks like ours without proof."""
    source_id = smc.source("i-source0app1")
    smc.create(source_id, name="foreign", target_type="Image", image_name="foreign-image")
    world = smc.world
    target = world.table(Instance).get("i-target0files")
    assert target is not None
    (disk,) = world.table(Disk).find(instance_id=target.instance_id, type="system")
    with world.transaction():
        world.table(Instance).put(
            replace(target, instance_id="i-foreign0transit", name=TRANSITION_INSTANCE_NAME)
        )
        world.table(Disk).put(
            replace(
                disk,
                disk_id="d-foreign0temporary",
                instance_id="i-foreign0transit",
                name=TEMPORARY_DISK_NAME,
                type="data",
            )
        )
        world.table(Image).put(
            Image(
                image_id="m-foreign0golden",
                account_id=DESTINATION,
                region=REGION,
                name="golden",
                os_type="linux",
                os_name="Ubuntu 22.04 64 bit",
                disk_sizes_gib=[40],
                created=world.now,
                origin="world file",
            )
        )
