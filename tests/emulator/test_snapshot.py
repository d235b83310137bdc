"""Snapshots and determinism: the same world and the same requests give the same bytes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from emulator.http.control import CONTROL_TOKEN_HEADER
from emulator.services import load_services
from emulator.world import World
from emulator.world.snapshot import restore_snapshot, take_snapshot
from tests.support.cloud import Cloud, demo_world, running_cloud
from tests.support.raw import RawClient
from tests.support.registration import SCRIPT

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


def control(cloud: Cloud, method: str, path: str, body: bytes | None = None) -> requests.Response:
    return requests.request(
        method,
        f"{cloud.described['endpoint']}/-/{path}",
        data=body,
        headers={CONTROL_TOKEN_HEADER: cloud.described["control_token"]},
        timeout=30,
    )


def import_server(cloud: Cloud) -> list[bytes]:
    """The answers until the import command runs."""
    source, destination = (
        RawClient(cloud.described, "source"),
        RawClient(cloud.described, "destination"),
    )
    token = destination.answer("smc", "CreateAccessToken", Name="code", Count="1")
    code = json.loads(token)
    run = source.answer(
        "ecs",
        "RunCommand",
        RegionId="cn-hangzhou",
        Type="RunShellScript",
        Timeout="1800",
        ContentEncoding="PlainText",
        CommandContent=SCRIPT.format(code["AccessTokenId"], code["AccessTokenCode"]),
        **{"InstanceId.1": "i-source0web1"},
    )
    return [token, run]


def migrate(cloud: Cloud) -> list[bytes]:
    """The answers from there to the image, with a refusal and a listing of everything."""
    destination = RawClient(cloud.described, "destination")
    cloud.world.clock.advance(700)
    sources = destination.answer("smc", "DescribeSourceServers")
    (found,) = json.loads(sources)["SourceServers"]["SourceServer"]
    created = destination.answer(
        "smc",
        "CreateReplicationJob",
        RegionId="ap-northeast-1",
        SourceId=found["SourceId"],
        ImageName="web",
    )
    job_id = json.loads(created)["JobId"]
    answers = [sources, created]
    answers += [destination.answer("smc", "StartReplicationJob", JobId=job_id) for _ in range(2)]
    for _ in range(20):
        cloud.world.clock.advance(300)
        answers.append(destination.answer("smc", "DescribeReplicationJobs"))
    assert json.loads(answers[3])["Code"] == "ReplicationJob.InvalidStatus"
    assert b'"Status":"Finished"' in answers[-1]
    answers.append(destination.answer("ecs", "DescribeImages", RegionId="ap-northeast-1"))
    answers.append(destination.answer("ecs", "DescribeDisks", RegionId="ap-northeast-1"))
    return answers


@pytest.mark.parametrize(("seed", "same"), [("one", True), ("another", False)])
def test_worlds_of_a_seed_give_the_same_bytes(tmp_path: Path, seed: str, same: bool) -> None:
    recorded = []
    for own in ("one", seed):
        with running_cloud(tmp_path, demo_world(), seed=own, start=START) as cloud:
            recorded.append([*import_server(cloud), *migrate(cloud)])
    assert (recorded[0] == recorded[1]) is same


def test_a_restored_world_goes_on_as_the_first_time(tmp_path: Path) -> None:
    with running_cloud(tmp_path, demo_world(), seed="one", start=START) as cloud:
        import_server(cloud)
        snapshot = control(cloud, "GET", "snapshot").content
        once = migrate(cloud)
        assert control(cloud, "POST", "restore", snapshot).status_code == 200
        assert control(cloud, "GET", "snapshot").content == snapshot
        assert migrate(cloud) == once
    with running_cloud(tmp_path, demo_world(), seed="two") as elsewhere:
        assert control(elsewhere, "POST", "restore", snapshot).status_code == 200
        elsewhere.described["accounts"] = cloud.described["accounts"]
        assert migrate(elsewhere) == once


def test_without_a_seed_secrets_are_random_and_ids_are_not(tmp_path: Path) -> None:
    codes = []
    for _ in range(2):
        with running_cloud(tmp_path, demo_world()) as cloud:
            client = RawClient(cloud.described, "destination")
            codes.append(client.members("smc", "CreateAccessToken", Name="code"))
    assert codes[0]["AccessTokenId"] == codes[1]["AccessTokenId"]
    assert codes[0]["AccessTokenCode"] != codes[1]["AccessTokenCode"]
    assert codes[0]["RequestId"] != codes[1]["RequestId"]


def test_a_restored_world_is_in_its_state_file(tmp_path: Path) -> None:
    load_services()
    planted = World(seed="one", start=START)
    with planted.transaction():
        demo_world().plant(planted)
    snapshot = take_snapshot(planted)
    planted.close()
    stored = World(tmp_path / "state.sqlite", seed="two")
    restore_snapshot(stored, snapshot)
    stored.close()
    again = World(tmp_path / "state.sqlite", speed=0)
    assert take_snapshot(again) == snapshot
    again.close()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"tables": {"moon": []}}, "unknown tables: moon"),
        ({"tables": {"account": [{"account_id": 3}]}}, "table account does not fit"),
        ({"format": "smc-emulator-world/0"}, "format"),
        ({"counter": "many"}, "counter"),
    ],
)
def test_what_is_no_snapshot_changes_nothing(
    cloud: Cloud, change: dict[str, Any], told: str
) -> None:
    snapshot = control(cloud, "GET", "snapshot").json()
    refused = control(cloud, "POST", "restore", json.dumps(snapshot | change).encode())
    assert refused.status_code == 400
    assert told in refused.json()["Message"]
    assert control(cloud, "GET", "snapshot").json() == snapshot
