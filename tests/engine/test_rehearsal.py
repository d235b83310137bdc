"""Rehearsals on the real engine: to an image and to an instance, before a migration and alone."""

from typing import Any

from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from emulator.smc.tables import PlannedFailure
from tests.engine.test_executions import assert_clean, assert_nothing_to_do, statuses
from tests.handlers.test_rehearsal import TARGET
from tests.support.cloud import DESTINATION, Cloud
from tests.support.project import Project


def rehearse(project: Project, execution: str) -> None:
    project.settings["defaults"] = {"execution": execution, "drill": {"kind": "rehearsal"}}


def images(cloud: Cloud) -> list[str]:
    return sorted(image.name for image in cloud.world.table(Image).find(account_id=DESTINATION))


def target_of(cloud: Cloud) -> tuple[Any, ...]:
    """What the target instance is: its system, whether it runs, what is on its disks."""
    instance = cloud.world.table(Instance).get(TARGET)
    assert instance is not None
    disks = cloud.world.table(Disk).find(instance_id=TARGET)
    return instance.os_name, instance.status, {d.disk_id: d.used_gib for d in disks}


def test_alone_to_an_image_it_leaves_figures_and_nothing_else(
    project: Project, fast_cloud: Cloud
) -> None:
    rehearse(project, "drillOnly")
    assert_clean(project.up())
    assert statuses(fast_cloud) == {}
    assert images(fast_cloud) == []
    outputs = project.outputs()
    assert outputs["failures"] == {}
    figures = outputs["drillReports"]["web-1"]["figures"]
    assert figures["basis"] == "rehearsal"
    assert figures["seconds"] > 0
    assert_nothing_to_do(project)

    # The migration that is wanted then is not rehearsed once more.
    rehearse(project, "drillAndMigrate")
    assert_clean(project.up())
    assert statuses(fast_cloud) == {"app-1": "Finished", "web-1": "Finished"}
    assert images(fast_cloud) == ["app-1-image", "web-1-image"]
    assert fast_cloud.counts["smc:CreateReplicationJob"] == 4
    assert_nothing_to_do(project)

    # Nor is what is finished.
    rehearse(project, "drillOnly")
    assert_clean(project.up())
    assert fast_cloud.counts["smc:CreateReplicationJob"] == 4
    assert_clean(project.destroy())
    assert project.state() == []


def test_one_that_fails_blocks_its_server_and_is_made_again(
    project: Project, fast_cloud: Cloud
) -> None:
    rehearse(project, "drillAndMigrate")
    with fast_cloud.world.transaction():
        fast_cloud.world.table(PlannedFailure).put(
            PlannedFailure(
                subject="i-source0web1", at_percent=40, code="S1", message="Rsync not found."
            )
        )
    done = project.up()
    assert done.code != 0
    assert "web-1: the drill found 1 critical item: rehearsal: migration ended as InError" in (
        " ".join(done.text.split())
    )
    assert "Traceback" not in done.text
    assert statuses(fast_cloud) == {"app-1": "Finished"}
    assert images(fast_cloud) == ["app-1-image"]

    assert_clean(project.up())
    assert statuses(fast_cloud) == {"app-1": "Finished", "web-1": "Finished"}
    assert images(fast_cloud) == ["app-1-image", "web-1-image"]


def test_a_target_instance_is_rolled_back_and_later_migrated(
    project: Project, fast_cloud: Cloud
) -> None:
    project.settings["servers"] = {
        "files-1": {
            "select": {"name": "files-1"},
            "target": {"instance": TARGET, "acknowledge": TARGET},
        }
    }
    before = target_of(fast_cloud)
    rehearse(project, "drillOnly")
    assert_clean(project.up())
    assert target_of(fast_cloud) == before
    assert [s for s in fast_cloud.world.table(Snapshot) if s.tags] == []

    rehearse(project, "drillAndMigrate")
    assert_clean(project.up())
    assert target_of(fast_cloud)[0] == "Debian 11 64 bit"
    assert_clean(project.destroy())
    assert target_of(fast_cloud)[0] == "Debian 11 64 bit"
