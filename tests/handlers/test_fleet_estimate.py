"""What an estimate is made of: before the import, after it, begun, finished."""

import copy
from typing import Any

import pytest

from smc.api.replication_jobs import start_replication_job
from smc.api.tags import tag_source_servers
from smc.estimate.fleet import Estimate, LeftOut
from smc.handlers.fleet_estimate import fleet_estimate
from smc.ownership import FINISHED_TAG
from smc.policies import document
from smc.settings import load_settings
from smc.wave_plan import WaveJob
from tests.support.cloud import Cloud, VirtualTime
from tests.support.migration import STACK, Migrator, grant_access
from tests.support.project import SETTINGS
from tests.support.registration import register

GIB = 1024**3


@pytest.fixture
def settings(cloud: Cloud) -> dict[str, Any]:
    made: dict[str, Any] = copy.deepcopy(SETTINGS)
    made["emulator"] = str(cloud.address_file)
    for side in ("source", "destination"):
        made[side]["credentials"] = {"profile": side, "file": str(cloud.credentials_file)}
    return made


def made(migrator: Migrator, settings: dict[str, Any], **reports: Any) -> Estimate:
    return fleet_estimate(load_settings(settings), STACK, reports, migrator.context)


def seconds(estimate: Estimate) -> dict[str, int]:
    servers = estimate.members()["servers"]
    return {name: each["seconds"] for name, each in servers.items()}


def test_before_the_import_the_instances_disks_are_known(
    migrator: Migrator, settings: dict[str, Any]
) -> None:
    settings["servers"]["lost"] = {"select": {"name": "nobody"}, "target": {"image": "lost"}}
    estimate = made(migrator, settings)
    servers = estimate.members()["servers"]
    assert {n: (s["volume_bytes"] / GIB, s["volume_of"]) for n, s in servers.items()} == {
        "web-1": (40, "disks"),
        "app-1": (160, "disks"),
    }
    # 160 GiB at 100 Mbit/s and 30 MB/s.
    assert servers["app-1"]["seconds"] == round(163840 * 8 / 100 + 163840 / 30)
    assert "no instance with name nobody" in estimate.left_out["lost"].reason


def test_one_by_one_or_all_disks_of_the_region(
    migrator: Migrator, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    one_by_one = seconds(made(migrator, settings))
    assert migrator.cloud.counts["ecs:DescribeDisks"] == 2
    monkeypatch.setattr("smc.api.instances.ASKED_ONE_BY_ONE", 1)
    assert seconds(made(migrator, settings)) == one_by_one
    assert migrator.cloud.counts["ecs:DescribeDisks"] == 3


def test_a_drill_tells_what_is_used_and_a_rehearsal_how_long_it_took(
    migrator: Migrator, settings: dict[str, Any]
) -> None:
    migrator.prepared("web-1", "app-1")
    drilled = {"volume_bytes": 9 * GIB, "volume_of": "files", "seconds": 1, "basis": "estimate"}
    rehearsed = drilled | {"seconds": 900, "basis": "rehearsal", "bytes_per_second": 12_500_000}
    estimate = made(
        migrator,
        settings,
        **{"web-1": {"figures": drilled}, "app-1": {"figures": rehearsed}},
    )
    servers = estimate.members()["servers"]
    assert servers["web-1"]["seconds"] == round(9216 * 8 / 100 + 9216 / 30)
    assert servers["app-1"]["seconds"] == 900
    assert (servers["app-1"]["mbit_per_second"], servers["app-1"]["speed_from"]) == (
        100.0,
        "rehearsal",
    )
    # Nothing of the source account is asked once the servers are imported.
    assert "ecs:DescribeDisks" not in migrator.cloud.counts


def test_a_job_that_runs_needs_the_rest_and_a_finished_one_nothing(
    migrator: Migrator, settings: dict[str, Any]
) -> None:
    jobs = migrator.prepared("web-1", "app-1")
    whole = seconds(made(migrator, settings))
    start_replication_job(migrator.clients, jobs["app-1"].job_id)
    migrator.clock.sleep(600)
    tag_source_servers(migrator.clients, [jobs["web-1"].source_id], {FINISHED_TAG: "1"})
    estimate = made(migrator, settings)
    assert 0 < seconds(estimate)["app-1"] < whole["app-1"]
    assert estimate.left_out == {"web-1": LeftOut("nothing", "run 1 is finished")}
    settings["servers"]["web-1"]["run"] = 2
    assert seconds(made(migrator, settings))["web-1"] == whole["web-1"]


@pytest.mark.parametrize(
    ("changes", "more"),
    [
        ({}, ""),
        ({"synchronization": {"everyHours": 6, "cutover": "now"}}, ", and is cut over now"),
        (
            {"synchronization": {"everyHours": 6, "cutover": "finalSync"}},
            ", and is cut over after a last sync",
        ),
        ({"synchronization": {"everyHours": 6, "cutover": "now"}, "paused": True}, ""),
    ],
)
def test_a_synchronized_server_tells_that_it_is_cut_over(
    migrator: Migrator, settings: dict[str, Any], changes: dict[str, Any], more: str
) -> None:
    source_id = migrator.imported({"web-1": {"name": "web-1"}})["sources"]["web-1"]["source_id"]
    job_id = migrator.job("web-1", source_id, every_hours=6, keep_images=2)["job_id"]
    job = WaveJob(job_id=job_id, source_id=source_id, run=1, start=True)
    migrator.driven(migrator.wave_inputs({"web-1": job}))
    settings["servers"]["web-1"] |= {"synchronization": {"everyHours": 6}} | changes
    reason = f"its job {job_id} is Waiting{more}"
    assert made(migrator, settings).left_out["web-1"] == LeftOut("nothing", reason)


def test_what_the_settings_do_not_start_is_not_estimated(
    migrator: Migrator, settings: dict[str, Any]
) -> None:
    settings["defaults"] = {"execution": "createOnly"}
    settings["servers"]["web-1"] = settings["servers"]["web-1"] | {"paused": True}
    estimate = made(migrator, settings)
    assert not estimate.servers
    assert estimate.left_out == {
        "web-1": LeftOut("create", "it is paused"),
        "app-1": LeftOut("create", "its execution is createOnly"),
    }


def test_a_rehearsal_that_is_still_to_come_counts(
    migrator: Migrator, settings: dict[str, Any]
) -> None:
    settings["defaults"] = {"execution": "drillAndMigrate", "drill": {"kind": "rehearsal"}}
    estimate = made(migrator, settings)
    longest = max(seconds(estimate).values())
    assert estimate.seconds == pytest.approx(2 * longest, abs=2)


def test_disks_that_nobody_may_list_leave_the_others_their_estimate(
    cloud: Cloud, clock: VirtualTime, settings: dict[str, Any]
) -> None:
    """A role that exists already, and was made with less than the ten actions."""
    listing = document({"Effect": "Allow", "Action": ["ecs:DescribeInstances"], "Resource": "*"})
    grant_access(cloud, policy=listing)
    settings["source"]["role"] = {"existing": True}
    (foreign,) = register(cloud, "i-source0web2")
    settings["servers"]["web-2"] = {
        "sourceId": foreign.source_id,
        "target": {"image": "web-2-image"},
    }
    estimate = made(Migrator(cloud, clock), settings)
    assert set(seconds(estimate)) == {"web-2"}
    assert "ecs:DescribeDisks failed. Forbidden.RAM" in estimate.left_out["web-1"].reason


def test_without_access_nothing_is_guessed(
    cloud: Cloud, clock: VirtualTime, settings: dict[str, Any]
) -> None:
    settings["source"]["role"] = {"existing": True}
    estimate = made(Migrator(cloud, clock), settings)
    assert not estimate.servers
    assert "not known before access is granted" in estimate.left_out["web-1"].reason
