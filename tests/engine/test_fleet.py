"""A fleet in one life: templates, layouts, kinds of targets, the quota, jobs that SMC removes."""

from typing import Any

from emulator.ecs.tables import Disk, Image
from smc.api.replication_jobs import describe_replication_jobs
from tests.engine.test_executions import assert_clean, assert_nothing_to_do, statuses
from tests.support.cloud import DESTINATION, Cloud
from tests.support.project import Project

TARGET = "i-target0files"
SEVEN: dict[str, dict[str, Any]] = {
    "web-1": {
        "select": {"id": "i-source0web1"},
        "target": {"image": "web-1-image"},
        "template": "web",
        "network": {"checksum": True},
    },
    "web-2": {"select": {"name": "web-2"}, "target": {"image": "web-2-image"}, "template": "web"},
    "app-1": {
        "select": {"name": "app-1"},
        "target": {"image": "app-1-image"},
        "disks": {
            "system": {"size": 80, "partitions": [{"path": "/", "size": "100%"}]},
            "data": [{"index": 1, "size": 120}],
        },
    },
    "db-1": {"select": {"privateIp": "192.168.0.31"}, "target": {"image": "db-1-image"}},
    "files-1": {
        "select": {"name": "files-1"},
        "target": {"instance": TARGET, "acknowledge": TARGET},
    },
    "twin-1": {"select": {"id": "i-source0twin1"}, "target": {"image": "twin-1-image"}},
    "twin-2": {
        "select": {"id": "i-source0twin2"},
        "target": {"container": {"namespace": "move", "repository": "twin"}},
        "instanceRole": "push-to-registry",
    },
}


def most_at_a_time(results: dict[str, dict[str, Any]]) -> int:
    """The most migrations that ran at the same time."""
    times = [(str(result["started"]), str(result["ended"])) for result in results.values()]
    return max(sum(begin <= moment < end for begin, end in times) for moment, _ in times)


def test_seven_servers_within_a_quota_of_two(project: Project, fast_cloud: Cloud) -> None:
    settings = project.settings
    settings["templates"] = {
        "web": {"validDays": 10, "tags": {"tier": "web"}, "network": {"compressLevel": 7}}
    }
    settings["servers"] = SEVEN | {
        "app-1": SEVEN["app-1"] | {"disks": {"system": {"size": 40}}},
    }
    settings["runningQuota"] = 2

    # A layout that does not fit is refused; the others get their jobs, which wait.
    settings["defaults"] = {"execution": "createOnly"}
    refused = project.up()
    assert refused.code != 0
    assert "Traceback" not in refused.text
    told = " ".join(refused.text.split())
    assert "automatic snapshots of its system disk will be cleared" in told
    assert (
        "app-1: its disks do not fit: the system disk: 40 GiB are less than its partitions have"
        in told
    )
    assert statuses(fast_cloud) == dict.fromkeys(SEVEN.keys() - {"app-1"}, "Ready")

    settings["defaults"] = {"execution": "immediate"}
    settings["servers"] = SEVEN
    assert_clean(project.up())
    assert statuses(fast_cloud) == dict.fromkeys(SEVEN, "Finished")
    results = project.output("results")
    assert most_at_a_time(results) == 2
    # The longest are the first two: 200 GiB with its new layout, and 80.
    assert set(sorted(results, key=lambda n: results[n]["started"])[:2]) == {"app-1", "db-1"}
    jobs = {job.name: job for job in describe_replication_jobs(fast_cloud.clients("destination"))}
    assert jobs["web-1"].tags["tier"] == jobs["web-2"].tags["tier"] == "web"
    assert jobs["web-1"].declared["replication_parameters"] == {
        "compress_level": 7,
        "checksum": True,
    }
    assert jobs["web-2"].declared["replication_parameters"] == {"compress_level": 7}
    assert "tier" not in jobs["db-1"].tags
    images = {i.name: i for i in fast_cloud.world.table(Image).find(account_id=DESTINATION)}
    assert set(images) == {
        f"{name}-image" for name in ("web-1", "web-2", "app-1", "db-1", "twin-1")
    }
    assert images["app-1-image"].disk_sizes_gib == [80, 120]
    disks = fast_cloud.world.table(Disk).find(instance_id=TARGET)
    assert {disk.used_gib for disk in disks} == {12}
    assert results["files-1"]["instance_id"] == TARGET
    assert_nothing_to_do(project)

    # SMC expires the jobs, and removes them a week later: nothing runs again.
    fast_cloud.world.clock.advance(60 * 24 * 3600)
    starts = fast_cloud.counts["smc:StartReplicationJob"]
    assert statuses(fast_cloud) == {}
    assert_clean(project.up("--refresh"))
    assert_nothing_to_do(project)
    assert fast_cloud.counts["smc:StartReplicationJob"] == starts == 7
    assert fast_cloud.counts["smc:CreateReplicationJob"] == 7
    assert {n: r["status"] for n, r in project.output("results").items()} == dict.fromkeys(
        SEVEN, "Finished"
    )
    assert_clean(project.destroy())
    assert project.state() == []
