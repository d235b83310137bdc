"""Bills: hours on the virtual clock, costs from the world file's prices only, and who made what."""

import json
from typing import Any

import pytest
import requests
from alibabacloud_ecs20140526 import models as sdk
from typer.testing import CliRunner

from emulator.__main__ import app
from tests.support.cloud import Cloud
from tests.support.ecs_world import REGION, client
from tests.support.migration import Migrator, grant_access

HOUR = 3600


def report(cloud: Cloud) -> Any:
    answer = requests.get(
        f"{cloud.described['endpoint']}/-/billing",
        headers={"x-emulator-control-token": cloud.described["control_token"]},
        timeout=10,
    )
    assert answer.status_code == 200
    return answer.json()


def bill(cloud: Cloud, kind: str, resource_id: str) -> Any:
    (found,) = [
        item
        for item in report(cloud)["items"]
        if (item["kind"], item["resource_id"]) == (kind, resource_id)
    ]
    return found


def test_hours_times_price_times_size(ecs_cloud: Cloud) -> None:
    ecs_cloud.world.clock.advance(10 * HOUR)
    instance = bill(ecs_cloud, "instance", "i-web")
    assert (instance["hours"], instance["cost"]) == (10, pytest.approx(5.0))
    disk = bill(ecs_cloud, "disk", "d-data")
    assert (disk["quantity"], disk["cost"]) == (100, pytest.approx(1.0))
    assert bill(ecs_cloud, "public_ip", "i-web")["cost"] == pytest.approx(0.2)


def test_without_a_price_the_cost_is_unknown_but_the_hours_are_not(ecs_cloud: Cloud) -> None:
    ecs_cloud.world.clock.advance(3 * HOUR)
    snapshot = bill(ecs_cloud, "snapshot", "s-old")
    assert (snapshot["hours"], snapshot["cost"]) == (3, None)
    whole = report(ecs_cloud)
    assert (whole["currency"], whole["cost"]) == ("CNY", None)


def test_what_is_released_stays_on_the_bill_and_costs_no_more(ecs_cloud: Cloud) -> None:
    ecs_cloud.world.clock.advance(2 * HOUR)
    request = sdk.DeleteInstanceRequest(instance_id="i-web", force=True)
    client(ecs_cloud).delete_instance(request)
    ecs_cloud.world.clock.advance(5 * HOUR)
    gone = bill(ecs_cloud, "instance", "i-web")
    assert gone["released"] is not None
    assert (gone["hours"], gone["cost"]) == (2, pytest.approx(1.0))
    assert bill(ecs_cloud, "disk", "d-system")["hours"] == 2
    assert bill(ecs_cloud, "disk", "d-data")["hours"] == 7


@pytest.mark.parametrize(("mode", "hours"), [("StopCharging", 2), ("KeepCharging", 6)])
def test_an_economical_stop_is_not_billed(ecs_cloud: Cloud, mode: str, hours: int) -> None:
    ecs = client(ecs_cloud)
    ecs_cloud.world.clock.advance(HOUR - 15)
    ecs.stop_instance(sdk.StopInstanceRequest(instance_id="i-web", stopped_mode=mode))
    ecs_cloud.world.clock.advance(15)
    assert report(ecs_cloud)
    ecs_cloud.world.clock.advance(4 * HOUR)
    ecs.start_instance(sdk.StartInstanceRequest(instance_id="i-web"))
    ecs_cloud.world.clock.advance(HOUR)
    assert bill(ecs_cloud, "instance", "i-web")["hours"] == hours
    assert bill(ecs_cloud, "disk", "d-system")["hours"] == 6


def test_every_bill_says_who_made_the_thing(ecs_cloud: Cloud) -> None:
    ecs = client(ecs_cloud)
    ecs.run_instances(
        sdk.RunInstancesRequest(
            region_id=REGION, launch_template_id="lt-small", client_token="made-for-the-bill"
        )
    )
    ecs.create_snapshot(sdk.CreateSnapshotRequest(disk_id="d-data"))
    origins = {item["origin"] for item in report(ecs_cloud)["items"]}
    admin = "acs:ram::1000000000000001:user/admin"
    assert origins == {"world file", f"RunInstances by {admin}", f"CreateSnapshot by {admin}"}


def test_what_a_migration_costs_is_explained_by_its_job(cloud: Cloud, clock: Any) -> None:
    grant_access(cloud)
    migrator = Migrator(cloud, clock)
    jobs = migrator.prepared("web-1")
    migrator.driven(migrator.wave_inputs(jobs))
    (job,) = jobs.values()
    made = [i for i in report(cloud)["items"] if i["origin"] != "world file"]
    assert all(job.job_id in item["origin"] for item in made)
    kinds = {item["kind"]: item["released"] for item in made}
    assert set(kinds) == {"instance", "public_ip", "disk", "image"}
    assert kinds["instance"] is not None
    assert kinds["public_ip"] is not None
    assert kinds["disk"] is not None
    assert kinds["image"] is None


def test_the_command_shows_the_bills(ecs_cloud: Cloud) -> None:
    result = CliRunner().invoke(
        app,
        ["billing"],
        env={
            "EMULATOR_ENDPOINT": ecs_cloud.described["endpoint"],
            "EMULATOR_CONTROL_TOKEN": ecs_cloud.described["control_token"],
        },
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["currency"] == "CNY"
