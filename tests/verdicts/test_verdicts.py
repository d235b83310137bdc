"""Every verdict in the table, and that the emulator takes what is promised and refuses the rest."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from emulator.smc.tables import PlannedFailure
from smc.api.replication_jobs import (
    describe_replication_jobs,
    modify_replication_job,
    start_replication_job,
    stop_replication_job,
)
from smc.api.source_servers import describe_source_servers
from smc.connection import Connection
from smc.errors import ApiError, RefusedError
from smc.handlers import replication_job
from smc.handlers.job_request import modify_request
from smc.job_fields import ReplicationJobInputs, changeable, changed_fields
from smc.verdicts import JobState, Kind, judge
from tests.support.migration import Migrator

TABLE = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text())
STATUSES: list[str] = TABLE["statuses"]
LETTERS = {
    "m": Kind.MODIFY,
    "r": Kind.REPLACE,
    "x": Kind.REFUSE,
    "c": Kind.CREATE,
    "-": Kind.KEEP,
}
DECLARED: dict[str, dict[str, Any]] = {
    "once": {},
    "incremental": {"every_hours": 6, "keep_images": 2},
    "scheduled": {"start_at": "FUTURE"},
}


def cases() -> Iterator[tuple[str, dict[str, Any], str, Kind]]:
    for base in DECLARED:
        for row in TABLE[base]:
            for status, letter in zip(STATUSES, row["verdicts"].split(), strict=True):
                yield base, row["change"], status, LETTERS[letter]


CASES = list(cases())


def with_moments(values: dict[str, Any], now: datetime) -> dict[str, Any]:
    days = {"FUTURE": 1, "LATER": 2}
    return {
        key: (now + timedelta(days=days[value])).strftime("%Y-%m-%dT%H:%M:%SZ")
        if value in days
        else value
        for key, value in values.items()
        if not isinstance(value, dict | list)
    } | {key: value for key, value in values.items() if isinstance(value, dict | list)}


@pytest.mark.parametrize(
    ("base", "change", "status", "kind"), CASES, ids=lambda value: str(value).replace(" ", "")
)
def test_verdict(base: str, change: dict[str, Any], status: str, kind: Kind) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    values: dict[str, Any] = {
        "stack": "organization/test/dev",
        "server": "web-1",
        "destination": Connection(account="2000000000000002", region="ap-northeast-1"),
        "source_id": "s-1",
        "region": "ap-northeast-1",
        "image_name": "web-1-image",
    }
    before = ReplicationJobInputs.model_validate(values | with_moments(DECLARED[base], now))
    after = ReplicationJobInputs.model_validate(
        before.model_dump() | with_moments(change, now),
    )
    job_id = "" if status == "NotCreated" else "j-1"
    verdict = judge(before, after, JobState(job_id, status, 43.0))
    assert verdict.kind is kind, verdict
    if kind is Kind.REFUSE:
        assert "Fix: " in verdict.reason
    if kind is Kind.REPLACE and status in {"Running", "Stopped", "InError", "Waiting"}:
        assert "the 43 % that it transferred are lost" in verdict.reason


def test_the_table_is_large_enough() -> None:
    assert len(CASES) > 200
    assert {kind for *_, kind in CASES} == set(Kind)


def bring_to(migrator: Migrator, job_id: str, status: str) -> None:
    """Let a new job come into a status."""
    world = migrator.cloud.world
    if status == "InError":
        world.table(PlannedFailure).put(
            PlannedFailure(subject="i-source0web1", at_percent=40, code="S1", message="No rsync.")
        )
    if status == "Expired":
        world.clock.advance(31 * 86_400)
    elif status != "Ready":
        start_replication_job(migrator.clients, job_id)
        world.clock.advance(400 if status in {"Running", "Stopped"} else 4 * 3600)
    if status == "Stopped":
        stop_replication_job(migrator.clients, job_id)
        world.clock.advance(120)
    (job,) = describe_replication_jobs(migrator.clients, [job_id])
    assert job.status == status


REACHED = [
    *(("once", status) for status in STATUSES if status not in {"Waiting", "Gone", "NotCreated"}),
    *(("incremental", status) for status in ("Ready", "Running", "Stopped", "Waiting")),
    ("scheduled", "Ready"),
]
"""A job declared so can come to be in this status."""


@pytest.mark.parametrize(("base", "status"), REACHED)
def test_the_emulator_agrees(migrator: Migrator, base: str, status: str) -> None:
    outputs = migrator.imported({"web-1": {"name": "web-1"}})
    source_id = outputs["sources"]["web-1"]["source_id"]
    now = migrator.clients.utc_now()
    before = migrator.job_inputs("web-1", source_id, **with_moments(DECLARED[base], now))
    made = replication_job.create(before, migrator.context)
    bring_to(migrator, made["job_id"], status)
    tried = 0
    for row_base, change, row_status, kind in CASES:
        if (
            (row_base, row_status) != (base, status)
            or not change
            or {"run", "source_id"} & set(change)
        ):
            continue
        tried += 1
        moment = migrator.clients.utc_now()
        after = ReplicationJobInputs.model_validate(
            before.model_dump() | with_moments(change, moment)
        )
        if kind is Kind.REFUSE:
            with pytest.raises(RefusedError):
                replication_job.verdict(before, after, made, migrator.context)
            refuses_what_is_sent(migrator, before, after, made["job_id"], status)
            continue
        assert replication_job.verdict(before, after, made, migrator.context).kind is kind
        if kind is Kind.MODIFY:
            replication_job.update(after, before, made, migrator.context)
            (job,) = describe_replication_jobs(migrator.clients, [made["job_id"]])
            assert job.name == after.job_name
            for name in set(change) - {"server", "valid_days", "tags", "disks"}:
                # A target of another kind is not sent, and SMC goes on to list it.
                assert not change[name] or job.declared[name] == getattr(after, name)
            if "start_at" not in change or before.start_at:
                replication_job.update(before, after, made, migrator.context)
            else:
                before = after
    assert tried


def refuses_what_is_sent(
    migrator: Migrator,
    before: ReplicationJobInputs,
    after: ReplicationJobInputs,
    job_id: str,
    status: str,
) -> None:
    """What has a parameter in ModifyReplicationJobAttribute is refused by it, too."""
    fields = changed_fields(before, after)
    sendable = {f for f in fields if changeable(f, "Ready", before, after)}
    fixed = frozenset(f for f in sendable if not changeable(f, status, before, after))
    if not fixed:
        return
    (source,) = describe_source_servers(migrator.clients, [before.source_id])
    request = modify_request(migrator.clients, job_id, after, source, fixed)
    with pytest.raises(ApiError) as refused:
        modify_replication_job(migrator.clients, request)
    assert refused.value.code == "ReplicationJob.InvalidStatus"
