"""World files: every problem is told with its path, before anything is planted."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from jsonschema import ValidationError as SchemaError
from pydantic import ValidationError

from emulator.__main__ import SCHEMA
from emulator.ecs.tables import Instance, Vpc, VSwitch
from emulator.services import load_services
from emulator.world import World
from emulator.world_file import WorldFile, json_schema, load_world_file
from tests.support.cloud import DEMO_WORLD


def account(number: int = 1, **changes: Any) -> dict[str, Any]:
    users = {"admin": {"policies": ["AdministratorAccess"]}}
    return {"id": f"{number:016}", "login": "admin", "users": users} | changes


def instance(**changes: Any) -> dict[str, Any]:
    disks = [{"sizeGib": 40}]
    return {"name": "a", "region": "cn-hangzhou", "privateIp": "10.0.0.1", "disks": disks} | changes


KEY = {"id": "LTAI-fixed", "secret": "s"}
VPC = {
    "name": "v",
    "region": "cn-hangzhou",
    "cidr": "10.0.0.0/16",
    "vswitches": [{"id": "vsw-1", "name": "s", "cidr": "10.0.0.0/24"}],
    "securityGroups": [{"id": "sg-1", "name": "g"}],
}
OTHER_GROUP = {"vswitch": "vsw-1", "securityGroups": ["sg-2"]}
TEMPLATE = {"name": "t", "region": "cn-hangzhou", "versions": [{}]}


@pytest.mark.parametrize(
    ("accounts", "told"),
    [
        ({"source": account(colour="red")}, "accounts.source.colour"),
        ({"source": account(id="12")}, "accounts.source.id"),
        ({"source": account(login="nobody")}, "login 'nobody' is none of the users"),
        ({"source": account(users={"admin": {"policies": ["Admin"]}})}, "no such system policy"),
        ({"source": account(), "destination": account()}, "used more than once: 0000000000000001"),
        (
            {"source": account(instances=[instance(id="i-1"), instance(id="i-1")])},
            "used more than once: i-1",
        ),
        (
            {
                "source": account(users={"admin": {"accessKey": KEY}}),
                "destination": account(2, users={"admin": {"accessKey": KEY}}),
            },
            "used more than once: LTAI-fixed",
        ),
        ({"source": account(instances=[instance(disks=[])])}, "accounts.source.instances.0.disks"),
        ({"source": account(instances=[instance(region="mars")])}, "no such region"),
        ({"source": account(instances=[instance(status="Odd")])}, "instances.0.status"),
        (
            {"source": account(instances=[instance(answers=[{"matches": "("}])])},
            "not a regular expression",
        ),
        ({"source": account(instances=[instance(vswitch="vsw-x")])}, "there is no vSwitch vsw-x"),
        (
            {"source": account(vpcs=[VPC], instances=[instance(**OTHER_GROUP)])},
            "its VPC has no security group sg-2",
        ),
        (
            {"source": account(instances=[instance(disks=[{"sizeGib": 1, "id": "d"}] * 2)])},
            "used more than once: d",
        ),
        (
            {"source": account(launchTemplates=[TEMPLATE | {"defaultVersion": 2}])},
            "there is no version to be the default",
        ),
    ],
)
def test_problems_are_told_with_their_path(
    tmp_path: Path, accounts: dict[str, Any], told: str
) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(yaml.safe_dump({"accounts": accounts}))
    with pytest.raises(ValidationError) as raised:
        load_world_file(path)
    assert told in str(raised.value)


def test_all_problems_at_once(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(yaml.safe_dump({"accounts": {"source": account(id="1", colour="red")}}))
    with pytest.raises(ValidationError) as raised:
        load_world_file(path)
    assert {error["loc"] for error in raised.value.errors()} == {
        ("accounts", "source", "id"),
        ("accounts", "source", "colour"),
    }


def test_the_demo_has_what_its_steps_need() -> None:
    demo = load_world_file(DEMO_WORLD)
    assert isinstance(demo, WorldFile)
    source, destination = demo.accounts["source"], demo.accounts["destination"]
    names = [instance.name for instance in source.instances]
    assert {"web-1", "web-2", "app-1", "db-1", "files-1", "stopped-1", "silent-1"} <= set(names)
    assert names.count("twin") == 2
    # The migration itself grants this; a demo that has it already would prove nothing.
    granted = destination.users[destination.login].policies
    assert "AliyunSTSAssumeRoleAccess" not in granted


def test_instances_without_networks_get_one_default_vpc_a_region() -> None:
    load_services()
    places = [("cn-hangzhou", "a"), ("cn-hangzhou", "b"), ("cn-beijing", "a"), ("cn-beijing", "a")]
    declared = [
        instance(name=f"n{number}", region=region, zone=zone)
        for number, (region, zone) in enumerate(places)
    ]
    world = World()
    with world.transaction():
        WorldFile.model_validate({"accounts": {"source": account(instances=declared)}}).plant(world)
    assert [vpc.region for vpc in world.table(Vpc)] == ["cn-hangzhou", "cn-beijing"]
    zones = ["cn-hangzhou-a", "cn-hangzhou-b", "cn-beijing-a"]
    assert [vswitch.zone for vswitch in world.table(VSwitch)] == zones
    assert all(i.vswitch_id and i.security_group_ids for i in world.table(Instance))
    world.close()


def test_the_schema_that_is_checked_in_is_up_to_date() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == json_schema(), "run `python -m emulator schema`"


def test_the_demo_fits_the_schema_and_names_it() -> None:
    text = DEMO_WORLD.read_text(encoding="utf-8")
    assert text.startswith(f"# yaml-language-server: $schema={SCHEMA.name}\n")
    schema = Draft202012Validator(json.loads(json_schema()))
    schema.validate(yaml.safe_load(text))
    with pytest.raises(SchemaError):
        schema.validate(yaml.safe_load(text.replace("login:", "logn:")))
