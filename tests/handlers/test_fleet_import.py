"""A hundred servers at once: from the inventory file to source servers, and one that is bad."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from emulator.ecs.tables import Instance
from emulator.smc.tables import AccessToken
from smc.api import access_tokens
from smc.handlers.context import Context
from smc.settings import load_settings
from tests.support.cloud import DESTINATION, SOURCE, Cloud, running_cloud
from tests.support.fleet import fleet_world, instance_id, names
from tests.support.migration import Migrator

COUNT = 100
NAMES = names(COUNT)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """A source account of a hundred instances."""
    with running_cloud(tmp_path, fleet_world(COUNT)) as running:
        yield running


def selectors_from_file(folder: Path, column: str, values: list[str]) -> dict[str, Any]:
    """What the program makes of a CSV file with a row a server."""
    rows = [f"{name},{value},{name}-new" for name, value in zip(NAMES, values, strict=True)]
    text = "\ufeff" + "\r\n".join([f"server,{column},target.image", *rows])
    (folder / "servers.csv").write_text(text, encoding="utf-8", newline="")
    settings = load_settings(
        {
            "source": {"account": SOURCE, "region": "cn-hangzhou"},
            "destination": {"account": DESTINATION, "region": "ap-northeast-1"},
            "serversFile": "servers.csv",
        },
        folder,
    )
    return {
        name: server.select.model_dump(exclude_none=True)
        for name, server in settings.servers.items()
        if server.select
    }


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("id", [instance_id(name) for name in NAMES]),
        ("privateIp", [f"10.0.0.{number + 1}" for number in range(COUNT)]),
        ("tag", [f"number={number}" for number in range(COUNT)]),
    ],
)
def test_a_hundred_rows_are_a_hundred_source_servers(
    migrator: Migrator, tmp_path: Path, column: str, values: list[str]
) -> None:
    outputs = migrator.imported(selectors_from_file(tmp_path, column, values))
    assert outputs["failures"] == {}
    assert {name: r["instance_id"] for name, r in outputs["sources"].items()} == {
        name: instance_id(name) for name in NAMES
    }
    # As many at a time as the policy of a session can list.
    assert migrator.cloud.counts["ecs:RunCommand"] == 4
    assert migrator.cloud.counts["smc:CreateAccessToken"] == 1
    assert access_tokens.list_access_tokens(migrator.clients) == []


def test_one_instance_that_the_command_is_refused_for_does_not_fail_the_others(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is released between its check and the command, which then fails as a whole."""
    create = access_tokens.create_access_token

    def release_one(*arguments: Any) -> Any:
        migrator.cloud.world.table(Instance).delete(instance_id("node-042"))
        return create(*arguments)

    monkeypatch.setattr(access_tokens, "create_access_token", release_one)
    outputs = migrator.imported({name: {"id": instance_id(name)} for name in NAMES})
    assert set(outputs["failures"]) == {"node-042"}
    assert "InvalidInstance.NotFound" in outputs["failures"]["node-042"]
    assert len(outputs["sources"]) == COUNT - 1
    # Its batch is halved again and again: of each level the half without it goes through.
    assert migrator.cloud.counts["ecs:RunCommand"] <= 4 + 2 * 5


def test_the_code_is_for_as_many_servers_as_there_are_and_for_a_day(migrator: Migrator) -> None:
    codes: list[AccessToken] = []
    migrator.context = Context(
        clock=migrator.clock,
        progress=lambda _: codes.extend(migrator.cloud.world.table(AccessToken)),
    )
    migrator.imported({name: {"name": name} for name in NAMES[:7]})
    assert {(code.count, code.days) for code in codes} == {(7, 1)}
