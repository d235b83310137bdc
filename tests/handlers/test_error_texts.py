"""What a refusal looks like when it comes over HTTP, through the SDK and a handler."""

import json
from pathlib import Path

import pytest

from emulator.http.faults import Fault
from smc.api.replication_jobs import start_replication_job
from smc.errors import ApiError
from smc.retry import TRANSIENT_CODES
from tests.support.migration import Migrator

METADATA = Path(__file__).parents[2] / "emulator" / "smc" / "metadata.json"


def arm(migrator: Migrator, action: str, code: str, status: int) -> None:
    fault = Fault(kind="error", action=action, code=code, status=status)
    migrator.cloud.server.gateway.faults.disarm()
    migrator.cloud.server.gateway.faults.arm(fault)


def test_every_documented_refusal_of_a_start(migrator: Migrator) -> None:
    codes = json.loads(METADATA.read_text())["StartReplicationJob"]["errors"]
    for code, status in codes.items():
        if code in TRANSIENT_CODES:
            continue
        arm(migrator, "StartReplicationJob", code, status)
        with pytest.raises(ApiError, match=rf"{code}: .*\(request .*\)\. Likely cause: .* Fix: "):
            start_replication_job(migrator.clients, "j-none")


def test_a_server_whose_start_is_refused_says_why_and_what_to_do(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    arm(migrator, "StartReplicationJob", "SourceServerState.Invalid", 400)
    reason = migrator.driven(migrator.wave_inputs(jobs))["failures"]["web-1"]
    assert reason.startswith(
        "could not be started. smc:StartReplicationJob failed. SourceServerState.Invalid: "
    )
    assert reason.endswith("Fix: start the SMC client on it, or finish the other job.")
    assert reason.count("Fix:") == 1


def test_a_code_that_nobody_documents_is_shown_with_its_request(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    arm(migrator, "StartReplicationJob", "Brand.New", 400)
    reason = migrator.driven(migrator.wave_inputs(jobs))["failures"]["web-1"]
    request_id = reason.partition("(request ")[2].partition(")")[0]
    assert request_id
    assert reason.endswith(f"troubleshoot?q=Brand.New&product=Smc&requestId={request_id}")
