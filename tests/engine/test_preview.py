"""Previews on the real engine: what they tell of each server, and what they ask for it."""

import json
from pathlib import Path
from typing import Any

from alibabacloud_smc20190601 import models as sdk

from smc.api.replication_jobs import (
    describe_replication_jobs,
    start_replication_job,
    stop_replication_job,
)
from tests.engine.test_executions import assert_clean, assert_nothing_to_do, statuses
from tests.support.cloud import Cloud, running_cloud
from tests.support.fleet import fleet_world, instance_id, names
from tests.support.project import Project

PRICES = {
    "currency": "CNY",
    "transitionInstanceHour": 0.5,
    "diskGibHour": 0.001,
    "snapshotGibMonth": 0.12,
    "publicTrafficGib": 0.8,
}


def server(instance: str, image: str, wave: str, **more: Any) -> dict[str, Any]:
    return {
        "select": {"id": instance},
        "target": {"image": image},
        "wave": wave,
        "execution": "createOnly",
        **more,
    }


def stopped_on_the_way(cloud: Cloud, *names: str) -> None:
    """Start jobs by hand and stop them while they transfer."""
    clients = cloud.clients("destination")
    jobs = {job.name: job.job_id for job in describe_replication_jobs(clients)}
    cloud.world.clock.speed = 0
    for name in names:
        start_replication_job(clients, jobs[name])
    cloud.world.clock.advance(700)
    for name in names:
        stop_replication_job(clients, jobs[name])


def test_one_of_each_verdict(project: Project, fast_cloud: Cloud) -> None:
    settings = project.settings
    settings["waves"] = {"front": {}, "back": {"after": ["front"]}}
    settings |= {"prices": PRICES, "budget": 100}
    servers = settings["servers"] = {
        "start-1": server("i-source0web2", "start", "front"),
        "refuse-1": server("i-source0app1", "refuse-1", "front"),
        "modify-1": server("i-source0twin1", "modify", "back"),
        "replace-1": server("i-source0db1", "replace", "back"),
        "refuse-2": server("i-source0files", "refuse-2", "back"),
        "keep-1": server("i-source0twin2", "keep", "front", execution="immediate"),
    }
    assert_clean(project.up())
    stopped_on_the_way(fast_cloud, "replace-1", "refuse-1", "refuse-2")

    servers["create-1"] = server("i-source0web1", "create", "back", execution="immediate")
    servers["start-1"]["execution"] = "immediate"
    servers["modify-1"]["description"] = "the shop"
    servers["replace-1"] |= {"run": 2, "execution": "immediate"}
    servers["refuse-1"]["target"] = {"image": "another"}
    servers["refuse-2"]["network"] = {"compressLevel": 7}
    before = fast_cloud.counts
    preview = project.preview()
    assert preview.code != 0
    for told in (
        "modify-1: modify: description of job",
        "replace-1: replace: run 2 follows run 1; job",
        "% that it transferred are lost",
        "RefusedError: refuse-1: SMC changes target.image only before the first start",
        "RefusedError: refuse-2: SMC changes network only before the first start",
        "Fix: undo the change, or set servers.refuse-2.run to 2, which starts over and loses",
        "RefusedError: nothing would be done with: refuse-1, refuse-2",
        "start-1: start: 40 GiB of disks in about 77 min at 100 Mbit/s, 32.70 CNY",
        "create-1: create and start: 40 GiB of disks in about 77 min",
        "replace-1: replace: 80 GiB of disks in about",
        "estimate, nothing measured: 3 servers in about 3.9 h, at most 50 at a time; 130.",
        "OverBudgetError: the estimate is 130.",
        " CNY, the budget 100.00. Fix: migrate fewer servers at a time",
        "keep-1: nothing to move: run 1 is finished",
    ):
        assert told in preview.text
    for unwanted in ("Traceback", "BAIL", "keep-1: modify", "keep-1: replace"):
        assert unwanted not in preview.text
    # The provider and the program list the jobs once each, however many are looked at.
    listed = fast_cloud.counts["smc:DescribeReplicationJobs"]
    assert listed - before["smc:DescribeReplicationJobs"] == 2
    in_detail = project.preview("--diff").text
    assert "replace-1: replace: run 2 follows run 1" in in_detail
    assert "refuse-2: SMC changes network only" in in_detail
    assert "create-1: create and start: " in in_detail

    # Who goes on all the same gets everything but what is refused.
    fast_cloud.world.clock.speed = 3600.0
    done = project.up()
    assert done.code != 0
    assert "not migrated: refuse-1, refuse-2" in done.text
    assert project.output("failures")["refuse-1"].startswith("SMC changes target.image only")
    assert statuses(fast_cloud) == {
        "start-1": "Finished",
        "create-1": "Finished",
        "keep-1": "Finished",
        "replace-1-2": "Finished",
        "modify-1": "Ready",
        "refuse-1": "Stopped",
        "refuse-2": "Stopped",
    }
    actual = project.output("results")["create-1"]["actual"]
    assert (actual["volume_of"], actual["currency"]) == ("disks", "CNY")
    assert "create-1 is migrated: " in done.text

    servers["refuse-1"]["target"] = {"image": "refuse-1"}
    del servers["refuse-2"]["network"]
    assert_clean(project.up())
    assert project.output("failures") == {}
    assert_nothing_to_do(project)


def test_jobs_are_listed_by_fifty_and_one_that_somebody_deleted_is_made_anew(
    tmp_path: Path,
) -> None:
    with running_cloud(tmp_path, fleet_world(52), 3600.0) as cloud:
        project = Project(tmp_path, cloud)
        servers = project.settings["servers"] = {
            name: server(instance_id(name), f"{name}-image", "all") for name in names(52)
        }
        project.settings["waves"] = {"all": {}}
        assert_clean(project.up())
        clients = cloud.clients("destination")
        deleted = next(j for j in describe_replication_jobs(clients) if j.name == "node-007")
        clients.smc().delete_replication_job(sdk.DeleteReplicationJobRequest(job_id=deleted.job_id))
        for name in set(servers) - {"node-007"}:
            servers[name]["description"] = "changed"
        before = cloud.counts["smc:DescribeReplicationJobs"]
        preview = json.loads(project.preview("--json").text)
        # Two pages each for the provider and the program, and one look at what is not listed.
        assert cloud.counts["smc:DescribeReplicationJobs"] - before == 5
        told = [d["message"] for d in preview["diagnostics"]]
        assert sum(": modify: description of job" in message for message in told) == 51
        (gone,) = [message for message in told if message.startswith("node-007: create: ")]
        assert f"job {deleted.job_id} is gone, and nothing says it finished" in gone
        assert_clean(project.up())
        assert set(statuses(cloud)) == set(names(52))
