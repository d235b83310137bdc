"""What each stack of a fleet gets of its settings, and what is refused before that."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.fleet.fleet_file import fleet_file, write_split
from cli.fleet.plan import FleetPlan, make_plan
from cli.fleet.settings import write_stack_file
from cli.fleet.split import By
from cli.stack_file import KEY, stack_settings
from smc.errors import SettingsError
from tests.support.fleet import fleet_servers
from tests.support.project import SETTINGS


def settings(count: int = 4, **more: Any) -> dict[str, Any]:
    return copy.deepcopy(SETTINGS) | {"servers": fleet_servers(count)} | more


def written(folder: Path, values: dict[str, Any], **more: Any) -> None:
    content = {"config": {KEY: values, "other:key": "kept"}, **more}
    (folder / "Pulumi.prod.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")


def plan(folder: Path, values: dict[str, Any], **options: Any) -> FleetPlan:
    written(folder, values)
    return make_plan(folder, "prod", **options)


def in_waves(count: int = 4) -> dict[str, Any]:
    values = settings(count, waves={"front": {"onFailure": "hold"}, "back": {"after": ["front"]}})
    for number, server in enumerate(values["servers"].values()):
        server["wave"] = ("front", "back")[number % 2]
    return values


def refusals(folder: Path, values: dict[str, Any], **options: Any) -> list[str]:
    with pytest.raises(SettingsError) as raised:
        plan(folder, values, **options)
    return [str(problem) for problem in raised.value.problems]


def test_a_stack_gets_what_concerns_its_servers(tmp_path: Path) -> None:
    values = in_waves() | {"templates": {"web": {"validDays": 10}, "idle": {"validDays": 20}}}
    values["servers"]["node-000"]["template"] = "web"
    access, front, back = plan(tmp_path, values).stacks
    assert [each.name for each in (access, front, back)] == [
        "prod-access",
        "prod-front",
        "prod-back",
    ]
    assert front.settings is not None
    assert list(front.settings["servers"]) == ["node-000", "node-002"]
    assert front.settings["waves"] == {"front": {"onFailure": "hold"}}
    assert front.settings["templates"] == {"web": {"validDays": 10}}
    assert front.settings["polling"] == values["polling"]
    assert back.settings is not None
    assert back.settings["waves"] == {"back": {}}
    assert "templates" not in back.settings


def test_what_two_stacks_would_fight_for_is_one_of_each_or_one_for_all(tmp_path: Path) -> None:
    access, front, back = plan(tmp_path, in_waves()).stacks
    roles = [dict(each.settings or {})["source"]["role"] for each in (access, front, back)]
    assert roles == [
        {"name": "ram-role-smc", "existing": True},
        {"name": "ram-role-smc-front", "policyName": "policy-smc-front"},
        {"name": "ram-role-smc-back", "policyName": "policy-smc-back"},
    ]
    users = [dict(each.settings or {})["destination"].get("user") for each in (access, front, back)]
    assert users == ["migration-operator", None, None]


def test_a_role_that_exists_is_for_all_and_without_a_user_nothing_is_shared(tmp_path: Path) -> None:
    values = settings(2)
    values["source"]["role"] = {"name": "given", "existing": True}
    del values["destination"]["user"]
    (only,) = plan(tmp_path, values).stacks
    assert (only.name, only.after) == ("prod-1", frozenset())
    assert dict(only.settings or {})["source"]["role"] == {"name": "given", "existing": True}


def test_the_order_of_waves_is_kept_between_stacks(tmp_path: Path) -> None:
    _, *stacks = plan(tmp_path, in_waves(6), size=2).stacks
    assert {each.name: set(each.after) - {"prod-access"} for each in stacks} == {
        "prod-1": set(),
        "prod-2": set(),
        "prod-3": {"prod-1", "prod-2"},
        "prod-4": {"prod-1", "prod-2"},
    }
    assert stacks[2].held_by == {"prod-access", "prod-1", "prod-2"}


def test_an_inventory_larger_than_a_stack(tmp_path: Path) -> None:
    values = settings(1001)
    values["serversFile"] = "servers.yaml"
    (tmp_path / "servers.yaml").write_text(yaml.safe_dump(values.pop("servers")), encoding="utf-8")
    made = plan(tmp_path, values)
    assert [stack.servers for stack in made.stacks] == [0, 500, 500, 1]
    assert made.servers == len(made.new) == 1001


def test_a_strict_role_lists_the_instances_of_its_own_stack(tmp_path: Path) -> None:
    values = settings(300)
    values["source"]["role"] = {"strict": True}
    assert len(plan(tmp_path, values, size=50).stacks) == 7
    (told,) = refusals(tmp_path, values, size=300)
    assert told.startswith("stack prod-1: source.role.strict: a policy that lists 300 instances")


def test_all_problems_of_all_servers_at_once(tmp_path: Path) -> None:
    values = settings(3, pollling={})
    values["servers"]["node-000"]["target"] = {"image": "node-001-image"}
    values["servers"]["node-002"]["template"] = "none"
    told = refusals(tmp_path, values, size=1)
    assert sorted(each.split(": ")[0] for each in told) == [
        "pollling",
        "servers.node-001.target.image",
        "servers.node-002.template",
    ]


def test_what_a_fleet_cannot_keep_is_refused(tmp_path: Path) -> None:
    prices = {"currency": "CNY", "transitionInstanceHour": 1, "diskGibHour": 1}
    (told,) = refusals(tmp_path, settings(1, budget=5, prices=prices))
    assert told.startswith("budget: is kept by the preview of one stack")
    (told,) = refusals(tmp_path, settings(0))
    assert told.startswith("servers: there are none")
    long = settings(1)
    long["source"]["role"] = {"name": "r" * 63}
    (told,) = refusals(tmp_path, long)
    assert "RAM allows 64 characters" in told


def test_it_is_not_split_anew(tmp_path: Path) -> None:
    made = plan(tmp_path, in_waves())
    write_split(fleet_file(tmp_path, "prod"), made.split)
    (told,) = refusals(tmp_path, in_waves(), by=By.SIZE)
    assert told.startswith("Pulumi.prod.fleet.yaml by: the fleet is split by wave")
    assert plan(tmp_path, in_waves()).new == {}


def test_a_move_is_told_at_its_place_in_the_inventory(tmp_path: Path) -> None:
    values = in_waves(2)
    servers = values.pop("servers")
    values["serversFile"] = "servers.csv"
    rows = [f"{n},{each['select']['id']},{n}-image,{{}}" for n, each in servers.items()]
    text = "\n".join(["server,id,target.image,wave", *rows])
    (tmp_path / "servers.csv").write_text(text.format("front", "back"), encoding="utf-8")
    write_split(fleet_file(tmp_path, "prod"), plan(tmp_path, values).split)
    (tmp_path / "servers.csv").write_text(text.format("back", "back"), encoding="utf-8")
    (told,) = refusals(tmp_path, values)
    assert told.startswith("servers.csv:2 wave: node-000 is in stack prod-front, of wave front.")


def test_a_stack_that_nobody_is_in_any_more_is_to_be_destroyed(tmp_path: Path) -> None:
    made = plan(tmp_path, in_waves())
    write_split(fleet_file(tmp_path, "prod"), made.split)
    values = in_waves()
    for name in ("node-001", "node-003"):
        del values["servers"][name]
    _, front, back = plan(tmp_path, values).stacks
    assert (front.servers, back.servers, back.settings) == (2, 0, None)
    assert back.members is not None
    assert back.members.leaving == ("node-001", "node-003")


def test_files_of_stacks_have_the_rest_of_the_configuration_and_its_encryption(
    tmp_path: Path,
) -> None:
    written(tmp_path, settings(2), encryptionsalt="v1:salt")
    made = make_plan(tmp_path, "prod")
    for stack in made.stacks:
        write_stack_file(tmp_path, stack.name, "prod", stack.settings)
    file = tmp_path / "Pulumi.prod-1.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert content["encryptionsalt"] == "v1:salt"
    assert content["config"]["other:key"] == "kept"
    assert set(stack_settings(tmp_path, "prod-1").servers) == {"node-000", "node-001"}
    # One that has an encryption of its own keeps it.
    content["encryptionsalt"] = "v1:own"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    write_stack_file(tmp_path, "prod-1", "prod", made.stacks[1].settings)
    assert "v1:own" in file.read_text(encoding="utf-8")
    write_stack_file(tmp_path, "prod-1", "prod", None)
    assert set(stack_settings(tmp_path, "prod-1").servers) == {"node-000", "node-001"}
