"""Another profile for the same account goes into the state: destroy does not ask the settings."""

from collections.abc import Mapping
from typing import Any

import pytest

from providers._base import MigrationProvider
from providers.cleanup_guard import CleanupGuardProvider
from providers.drill_run import DrillRunProvider
from providers.replication_job import ReplicationJobProvider
from providers.smoke_test_run import SmokeTestRunProvider
from providers.source_import import SourceImportProvider
from providers.wave_run import WaveRunProvider
from tests.support.migration import Migrator

ROLE = {"arn": "acs:ram::1000000000000001:role/r", "region": "cn-hangzhou", "session_seconds": 3600}
DONE: dict[type[MigrationProvider[Any]], dict[str, Any]] = {
    CleanupGuardProvider: {"regions": [], "target_instances": {}, "leftovers": []},
    DrillRunProvider: {
        "wave": "all",
        "role": ROLE,
        "servers": {},
        "reports": {},
        "blocked": {},
        "without_job": [],
    },
    SmokeTestRunProvider: {"wave": "all", "servers": {}, "results": {}, "failures": {}},
    SourceImportProvider: {"role": ROLE, "servers": {}, "sources": {}, "failures": {}},
    WaveRunProvider: {
        "wave": "all",
        "jobs": {},
        "import_failures": {},
        "running_quota": 50,
        "results": {},
        "failures": {},
    },
}
"""Properties of resources that have nothing to do."""


def settings(migrator: Migrator, **changes: str) -> dict[str, Any]:
    connection = migrator.connection.model_copy(update=changes)
    return {"stack": migrator.stack, "destination": connection.model_dump(exclude_none=True)}


@pytest.mark.parametrize("provider", DONE, ids=lambda p: p.__name__)
def test_another_profile_is_a_change_and_no_replacement(
    migrator: Migrator, provider: type[MigrationProvider[Any]]
) -> None:
    olds = {**DONE[provider], **settings(migrator, profile="before")}
    assert provider().diff("id", olds, olds).changes is False
    news = {**DONE[provider], **settings(migrator, profile="after")}
    told = provider().diff("id", olds, news)
    assert (told.changes, told.replaces or []) == (True, [])


def test_a_job_is_looked_at_with_the_new_profile_and_stays_as_it_is(migrator: Migrator) -> None:
    job = migrator.prepared("web-1")["web-1"]
    inputs = migrator.job_inputs("web-1", job.source_id).model_dump(mode="json")
    known: Mapping[str, Any] = {
        "job_id": job.job_id,
        "status": "Ready",
        "image_id": "",
        "error": "",
    }
    olds = {**inputs, **known, **settings(migrator, profile="deleted-since")}
    news = {**inputs, **settings(migrator)}
    told = ReplicationJobProvider().diff(job.job_id, olds, news)
    assert (told.changes, told.replaces or []) == (True, [])
    made = ReplicationJobProvider().update(job.job_id, olds, news).outs or {}
    assert made["destination"]["profile"] == migrator.connection.profile
    assert {name: made[name] for name in known} == known
    assert "smc:ModifyReplicationJobAttribute" not in migrator.cloud.counts
