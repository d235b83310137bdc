"""What the doctor says of both accounts; each case is produced as it happens."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.doctor_access import examine_access, ids_in_ram
from cli.doctor_accounts import examine_accounts
from cli.finding import Finding, State
from emulator.identity.tables import Account, Role, Session
from emulator.smc.tables import PlannedFailure
from smc.api.sts import assume_role
from smc.ownership import made_by
from smc.policies import role_arn
from smc.settings import load_settings
from tests.cli.conftest import Run
from tests.support.cloud import DESTINATION, SOURCE, Cloud
from tests.support.exact_users import log_in_with
from tests.support.migration import STACK, Migrator

UP = "pulumi up --stack dev"
NOTHING_ALLOWED = json.dumps(
    {"Version": "1", "Statement": [{"Effect": "Deny", "Action": "ram:*", "Resource": "*"}]}
)


def found(settings: dict[str, Any]) -> dict[str, Finding]:
    findings = examine_accounts(load_settings(settings), STACK, "Pulumi.dev.yaml", UP)
    return {finding.check: finding for finding in findings}


def problems(settings: dict[str, Any]) -> dict[str, str]:
    """Check -> command that mends it."""
    return {
        check: finding.mend
        for check, finding in found(settings).items()
        if finding.state is State.PROBLEM
    }


def test_a_healthy_stack(settings: dict[str, Any]) -> None:
    assert {check: each.state for check, each in found(settings).items()} == {
        "emulator": State.OK,
        "source credentials": State.OK,
        "destination credentials": State.OK,
        "service role of SMC": State.OK,
        "replication jobs": State.OK,
    }


def test_an_emulator_that_is_gone_or_was_never_there(
    settings: dict[str, Any], cloud: Cloud
) -> None:
    described = json.loads(cloud.address_file.read_text())
    cloud.address_file.write_text(json.dumps(described | {"endpoint": "http://127.0.0.1:9"}))
    assert problems(settings) == {"emulator": "make emulator"}
    cloud.address_file.unlink()
    assert problems(settings) == {"emulator": "make emulator"}


def test_credentials_that_are_missing_or_refused(settings: dict[str, Any], cloud: Cloud) -> None:
    settings["source"]["credentials"]["profile"] = "nobody"
    cloud.write_credentials(destination="not-the-secret")
    assert problems(settings) == {
        "source credentials": "aliyun configure --profile nobody",
        "destination credentials": "aliyun configure --profile destination",
    }


def test_a_session_that_has_expired(
    settings: dict[str, Any], cloud: Cloud, migrator: Migrator
) -> None:
    session = assume_role(migrator.clients, role_arn(SOURCE, "ram-role-smc"), "doctor", 900)
    profile = {
        "name": "source",
        "mode": "StsToken",
        "access_key_id": session.access_key_id,
        "access_key_secret": session.access_key_secret,
        "sts_token": session.security_token,
        "region_id": "cn-hangzhou",
    }
    profiles = json.loads(cloud.credentials_file.read_text())
    others = [each for each in profiles["profiles"] if each["name"] != "source"]
    cloud.credentials_file.write_text(json.dumps({**profiles, "profiles": [profile, *others]}))
    assert problems(settings) == {}
    sessions = cloud.world.table(Session)
    row = sessions.get(session.access_key_id)
    assert row is not None
    sessions.put(replace(row, expiration=datetime.now(UTC) - timedelta(seconds=1)))
    assert problems(settings) == {"source credentials": "aliyun configure --profile source"}
    assert "InvalidSecurityToken.Expired" in found(settings)["source credentials"].says


def test_credentials_of_the_other_account(settings: dict[str, Any]) -> None:
    settings["source"]["account"], settings["destination"]["account"] = DESTINATION, SOURCE
    assert set(problems(settings)) == {"source credentials", "destination credentials"}
    assert problems(settings)["source credentials"] == (
        "correct source.account or its profile in Pulumi.dev.yaml"
    )


def test_the_service_role_is_missing_or_nobody_may_look(
    settings: dict[str, Any], cloud: Cloud
) -> None:
    accounts = cloud.world.table(Account)
    account = accounts.get(DESTINATION)
    assert account is not None
    accounts.put(replace(account, service_role_for_smc=False))
    assert "authorize SMC" in problems(settings)["service role of SMC"]
    reading = {"Effect": "Allow", "Action": ["smc:Describe*"], "Resource": "*"}
    document = json.dumps({"Version": "1", "Statement": [reading]})
    log_in_with(cloud, "destination", document, "reader")
    assert found(settings)["service role of SMC"].state is State.UNKNOWN


@pytest.mark.parametrize(
    ("seconds", "fails", "said"),
    [(0, False, "Ready"), (400, False, "Running"), (3000, True, "InError at 40 % (S1: ")],
)
def test_jobs_that_are_not_finished(
    settings: dict[str, Any], migrator: Migrator, seconds: int, fails: bool, said: str
) -> None:
    if fails:
        planned = PlannedFailure(
            subject="i-source0web1", at_percent=40, code="S1", message="Rsync not found."
        )
        migrator.cloud.world.table(PlannedFailure).put(planned)
    job = migrator.prepared("web-1")["web-1"]
    if seconds:
        from smc.api.replication_jobs import start_replication_job

        start_replication_job(migrator.clients, job.job_id)
        migrator.clock.sleep(seconds)
    assert problems(settings) == {"replication jobs": UP}
    assert said in found(settings)["replication jobs"].says
    settings["defaults"] = {"execution": "createOnly"}
    assert problems(settings) == ({} if said == "Ready" else {"replication jobs": UP})


def test_settings_that_are_wrong_and_an_engine_that_is_missing(
    run: Run, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    settings["source"]["region"] = "Hangzhou"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    done = run("doctor", "--json")
    assert done.exit_code == 1
    said = json.loads(done.stdout)
    assert not said["healthy"]
    mends = {each["check"]: each["mend"] for each in said["findings"]}
    assert mends == {"engine": "make setup", "settings": "correct Pulumi.dev.yaml"}
    text = run("doctor").stdout
    assert "problem  settings: source.region: 'Hangzhou'" in text
    assert "mend: make setup" in text


def test_access_that_no_state_knows(
    settings: dict[str, Any], cloud: Cloud, migrator: Migrator
) -> None:
    loaded = load_settings(settings)
    assert examine_access(loaded, STACK, set(), UP).state is State.OK
    role = cloud.world.table(Role).get(f"{SOURCE}/ram-role-smc")
    assert role is not None
    cloud.world.table(Role).put(replace(role, description=made_by(STACK, "A role.")))
    unknown = examine_access(loaded, STACK, set(), UP)
    assert (unknown.state, unknown.mend) == (State.PROBLEM, UP)
    grant = "user:AliyunSTSAssumeRoleAccess:System:migration-operator"
    assert f"granted ram-role-smc, {grant}, of which the state knows nothing" in unknown.says
    deployment = {
        "resources": [
            {"type": "pulumi:pulumi:Stack"},
            {"type": "alicloud:ram/role:Role", "id": "ram-role-smc"},
            {"type": "alicloud:ram/userPolicyAttachment:UserPolicyAttachment", "id": grant},
        ]
    }
    assert examine_access(loaded, STACK, ids_in_ram(deployment), UP).state is State.OK
    log_in_with(cloud, "source", NOTHING_ALLOWED, "nobody")
    assert "ram:GetRole failed" in examine_access(loaded, STACK, set(), UP).says
