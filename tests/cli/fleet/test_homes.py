"""Servers that are in a stack already, whatever a file says or does not say any more."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.fleet.homes import refuse_moves
from cli.fleet.plan import FleetPlan, make_plan
from cli.fleet.split import By
from cli.stack_file import KEY
from smc.errors import SettingsError
from tests.support.cloud import Cloud
from tests.support.fleet import fleet_servers
from tests.support.migration import Migrator
from tests.support.project import SETTINGS

REGISTERED = {"web-1": "i-source0web1", "app-1": "i-source0app1"}


def plan(folder: Path, cloud: Cloud, **more: Any) -> FleetPlan:
    settings = copy.deepcopy(SETTINGS) | {"emulator": str(cloud.address_file)} | more
    for side in ("source", "destination"):
        settings[side]["credentials"]["file"] = str(cloud.credentials_file)
    content = {"config": {KEY: settings}}
    (folder / "Pulumi.prod.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    (folder / "Pulumi.yaml").write_text("name: test", encoding="utf-8")
    return make_plan(folder, "prod", By.SIZE, 1)


def told(plan: FleetPlan, **resources: int) -> list[str]:
    named = {name.replace("_", "-"): count for name, count in resources.items()}
    try:
        refuse_moves(plan, named, "organization")
    except SettingsError as error:
        return [f"{problem.path}: {problem.message}" for problem in error.problems]
    return []


@pytest.fixture
def registered(migrator: Migrator, tmp_path: Path) -> Migrator:
    """Two servers of the stack `prod-1`."""
    mine = Migrator(migrator.cloud, migrator.clock, "organization/test/prod-1")
    mine.imported({name: {"id": each} for name, each in REGISTERED.items()})
    return mine


def test_before_there_are_stacks_nobody_is_asked(tmp_path: Path, cloud: Cloud) -> None:
    assert told(plan(tmp_path, cloud), prod=0, prod_access=7, other_1=9) == []
    assert cloud.counts == {}


def test_a_server_that_smc_has_in_another_stack_is_told(
    tmp_path: Path, registered: Migrator
) -> None:
    made = plan(tmp_path, registered.cloud)
    assert made.new == {"app-1": "prod-1", "web-1": "prod-2"}
    assert told(made, prod_1=20) == [
        "servers.web-1: web-1 is in stack prod-1, as SMC has it, and would go to prod-2."
    ]


def test_a_stack_that_the_file_does_not_know_is_told(tmp_path: Path, cloud: Cloud) -> None:
    assert told(plan(tmp_path, cloud), prod_7=20, prod_eu=20) == [
        "Pulumi.prod.fleet.yaml stacks: stack prod-7 has resources and is not in it."
    ]


def test_a_stack_of_the_name_that_is_none_of_the_fleet_is_told(
    tmp_path: Path, registered: Migrator
) -> None:
    made = plan(tmp_path, registered.cloud, servers=fleet_servers(1))
    assert told(made, prod_1=20) == [
        "waves.all: its stack would be prod-1, which is there already, with other servers."
    ]
