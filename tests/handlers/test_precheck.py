"""What a preview says of each server, and that it changes and waits for nothing."""

from dataclasses import replace
from typing import Any

import pytest

from emulator.smc.tables import SourceServer
from smc.handlers.precheck import import_preview, is_mainland
from smc.models import SourceServer as Source
from smc.policies import role_arn
from tests.support.cloud import SOURCE, Cloud
from tests.support.migration import STACK, WEB_1, Migrator
from tests.support.registration import register

SERVERS: dict[str, Any] = {
    **WEB_1,
    "web-2": {"id": "i-source0web2"},
    "app-1": {"tags": {"none": "such"}},
    "db-1": {"name": "db-1"},
}


def lines(migrator: Migrator, servers: dict[str, Any] = SERVERS, **changes: Any) -> dict[str, str]:
    arguments: dict[str, Any] = {
        "stack": STACK,
        "destination": migrator.connection,
        "role": migrator.role(),
        "servers": servers,
        "target_regions": dict.fromkeys(servers, "ap-northeast-1"),
        "own": None,
        "context": migrator.context,
    } | changes
    shown = import_preview(**arguments)
    return {name: text for name, _, text in (line.partition(" ") for line in shown)}


def registered(migrator: Migrator, host: str, instance_id: str) -> Source:
    """A source server that somebody else registered."""
    return next(s for s in register(migrator.cloud, instance_id) if s.hostname == host)


def test_each_server_has_its_line(migrator: Migrator) -> None:
    migrator.imported(WEB_1)
    foreign = registered(migrator, "web-2", "i-source0web2")
    before = dict(migrator.cloud.counts)
    said = lines(migrator)
    assert list(said) == list(SERVERS)
    assert said["web-1"].startswith("is imported: s-")
    assert said["web-2"].startswith(f"is registered by others: {foreign.source_id}")
    assert said["app-1"].startswith("cannot be imported: no instance with tags none=such")
    assert said["db-1"].startswith("will be imported: i-source0db1")
    assert said["db-1"].endswith("Chinese mainland only, not to ap-northeast-1")
    made = {a for a, n in migrator.cloud.counts.items() if n > before.get(a, 0)}
    assert not [a for a in made if not a.partition(":")[2].startswith(("Describe", "AssumeRole"))]


def test_windows_may_go_to_the_mainland(migrator: Migrator) -> None:
    said = lines(migrator, {"db-1": {"name": "db-1"}}, target_regions={"db-1": "cn-beijing"})
    assert "warning" not in said["db-1"]


@pytest.mark.parametrize(
    ("region", "mainland"),
    [("cn-hangzhou", True), ("cn-hongkong", False), ("ap-northeast-1", False)],
)
def test_the_mainland(region: str, mainland: bool) -> None:
    assert is_mainland(region) is mainland


def test_named_sources_are_adopted_or_not(migrator: Migrator) -> None:
    web = registered(migrator, "web-1", "i-source0web1")
    db = registered(migrator, "web-2", "i-source0web2")
    table = migrator.cloud.world.table(SourceServer)
    row = table.get(db.source_id)
    assert row is not None
    with migrator.cloud.world.transaction():
        table.put(replace(row, platform="Windows Server 2019"))
    said = lines(
        migrator,
        {
            "web": {"source_id": web.source_id},
            "db": {"source_id": db.source_id},
            "gone": {"source_id": "s-nowhere"},
        },
    )
    assert said["web"] == f"is adopted: {web.source_id} (no name)"
    assert "warning: since 2025-11-30" in said["db"]
    assert said["gone"].startswith("cannot be adopted: account")


def test_without_a_role_the_accounts_own_credentials_are_used_and_nothing_is_waited_for(
    cloud: Cloud, migrator: Migrator
) -> None:
    missing = migrator.role(arn=role_arn(SOURCE, "nobody"))
    own = lines(migrator, role=missing, own=cloud.connection("source"))
    assert own["web-1"].startswith("will be imported")
    without = lines(migrator, role=missing)
    assert without["web-1"].startswith("is not checked before access is granted: account")
    assert "cannot assume" in without["web-1"]
    assert migrator.clock.slept == 0
