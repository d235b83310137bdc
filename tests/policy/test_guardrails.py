"""Every guardrail, through the pack's own process: what is fine passes, what is wrong is named."""

import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import proto

from smc.policies import document, source_policy, trust_policy
from tests.support.policy_service import PACK, PolicyService, policy_service

ROLE, POLICY = "alicloud:ram/role:Role", "alicloud:ram/policy:Policy"
IMPORT, JOB, DRILL, WAVE = (
    f"pulumi-python:dynamic/smc:{name}"
    for name in ("SourceImport", "ReplicationJob", "DrillRun", "WaveRun")
)
MIGRATION = "smc-migration:migration:Migration"
SOURCE, DESTINATION = "1000000000000001", "2000000000000002"
USER = f"acs:ram::{DESTINATION}:user/migration-operator"
INSTANCE = f"acs:ecs:cn-hangzhou:{SOURCE}:instance/i-source0web1"


def imported(**changes: Any) -> dict[str, Any]:
    role = {"arn": f"acs:ram::{SOURCE}:role/ram-role-smc", "session_seconds": 3600}
    return {"destination": {"account": DESTINATION}, "role": role} | changes


def job(**changes: Any) -> dict[str, Any]:
    # No emulator answers at this address file: what needs one says so.
    connection = {"account": DESTINATION, "region": "ap-northeast-1", "emulator": "nowhere.json"}
    return {
        "destination": connection,
        "stack": "organization/smc-migration/test",
        "server": "web-1",
        "region": "ap-northeast-1",
        "image_name": "web-1-image",
    } | changes


def policy(*actions: str, resource: Any = "*") -> dict[str, Any]:
    text = document({"Action": list(actions), "Resource": resource, "Effect": "Allow"})
    return {"policyDocument": text}


def role(principal: str, external_id: str | None = None) -> dict[str, Any]:
    return {"assumeRolePolicyDocument": trust_policy(principal, external_id)}


@pytest.fixture(scope="module")
def service() -> Iterator[PolicyService]:
    with policy_service() as running:
        yield running


WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    (
        "accounts-differ",
        IMPORT,
        imported(destination={"account": SOURCE}),
        f"account {SOURCE} is both source and destination",
    ),
    ("documented-actions-only", POLICY, policy("ecs:*"), "allows ecs:*, a wildcard"),
    ("documented-actions-only", POLICY, policy("ecs:DeleteInstance"), "an import does not need"),
    ("commands-on-listed-servers", POLICY, policy("ecs:RunCommand"), "on every instance"),
    ("no-open-trust", ROLE, role("*"), "the role trusts *"),
    (
        "narrow-trust",
        ROLE,
        role(f"acs:ram::{DESTINATION}:root"),
        f"everybody in account {DESTINATION}",
    ),
    (
        "short-sessions",
        IMPORT,
        imported(role=imported()["role"] | {"session_seconds": 7200}),
        "last 7200 s, more than 3600 s",
    ),
    (
        "target-instance-acknowledged",
        JOB,
        job(image_name="", instance_id="i-target0files"),
        "nobody has acknowledged",
    ),
    (
        "no-replacement-of-running-jobs",
        JOB,
        job(),
        "could not be checked. the local emulator is not running",
    ),
    ("private-transfer", JOB, job(), "over the public internet"),
    ("running-quota", WAVE, {"running_quota": 51, "jobs": {}}, "up to 51 jobs"),
]

RIGHT: list[tuple[str, str, dict[str, Any]]] = [
    ("accounts-differ", IMPORT, imported()),
    ("documented-actions-only", POLICY, {"policyDocument": source_policy()}),
    (
        "commands-on-listed-servers",
        POLICY,
        {"policyDocument": source_policy([INSTANCE])},
    ),
    ("no-open-trust", ROLE, role(f"acs:ram::{DESTINATION}:root")),
    ("narrow-trust", ROLE, role(USER)),
    ("narrow-trust", ROLE, role(f"acs:ram::{DESTINATION}:root", "an-external-id")),
    ("short-sessions", IMPORT, imported()),
    ("target-instance-acknowledged", JOB, job()),
    (
        "target-instance-acknowledged",
        JOB,
        job(image_name="", instance_id="i-target0files", acknowledged="i-target0files"),
    ),
    ("private-transfer", JOB, job(vswitch_id="vsw-1")),
    ("running-quota", WAVE, {"running_quota": 50, "jobs": {}}),
]


@pytest.mark.parametrize(("guardrail", "kind", "properties", "says"), WRONG)
def test_what_is_wrong_is_named(
    service: PolicyService, guardrail: str, kind: str, properties: dict[str, Any], says: str
) -> None:
    found = service.violations(kind, "it", properties)
    assert f"it: {says}" in found[guardrail] or says in found[guardrail]


@pytest.mark.parametrize(("guardrail", "kind", "properties"), RIGHT)
def test_what_is_right_passes(
    service: PolicyService, guardrail: str, kind: str, properties: dict[str, Any]
) -> None:
    assert guardrail not in service.violations(kind, "it", properties)


def test_servers_that_are_started_without_a_drill_are_named(service: PolicyService) -> None:
    run = {"wave": "front", "jobs": {"web-1": {}, "web-2": {}, "app-1": {"start": False}}}
    drill = {"wave": "front", "servers": {"web-1": {}}}
    found = service.stack_violations((WAVE, "front", run), (DRILL, "front", drill))
    assert found["drill-before-migration"].splitlines()[1:] == [
        "front: web-2 is migrated without a drill."
    ]


def test_a_budget_is_no_larger_than_allowed() -> None:
    def migration(**budget: Any) -> tuple[str, str, dict[str, Any]]:
        return MIGRATION, "all", {"budget": {"most": 120.5, "currency": "CNY", **budget}}

    without: tuple[str, str, dict[str, Any]] = (MIGRATION, "all", {"results": {}})
    with policy_service() as service:
        assert "budget" not in service.stack_violations(without)
        service.configure("budget", proto.MANDATORY, most=100, currency="CNY")
        said = service.stack_violations(migration())["budget"]
        assert "all: its budget is 120.50 CNY, more than 100.00" in said
        assert "budget" not in service.stack_violations(migration(most=100))
        said = service.stack_violations(migration(most=1, currency="JPY"))["budget"]
        assert "its budget is in JPY; CNY is what is allowed" in said
        assert "it has no budget" in service.stack_violations(without)["budget"]


def test_limits_come_from_the_configuration() -> None:
    with policy_service() as service:
        assert not {"allowed-regions", "required-tags"} & set(service.violations(JOB, "it", job()))
        service.configure("allowed-regions", proto.MANDATORY, regions=["cn-beijing"])
        said = service.violations(JOB, "it", job())["allowed-regions"]
        assert "the target is in ap-northeast-1; allowed: cn-beijing" in said
        service.configure("required-tags", proto.MANDATORY, tags=["owner", "cost-center"])
        found = service.violations(JOB, "it", job(tags={"owner": "web"}))
        assert "tags cost-center are missing" in found["required-tags"]
        service.configure("short-sessions", proto.MANDATORY, longestSeconds=900)
        found = service.violations(IMPORT, "it", imported())
        assert "more than 900 s" in found["short-sessions"]


def test_an_exception_takes_one_resource_out_and_needs_a_reason() -> None:
    with policy_service() as service:
        schema = service.guardrails()["private-transfer"].configSchema
        items = schema.properties["exceptions"]["items"]
        assert list(items["required"]) == ["resource", "reason"]
        assert items["properties"]["reason"]["minLength"] == 10
        exception = {"resource": "web-1", "reason": "no VPN to this site before May"}
        service.configure("private-transfer", proto.ADVISORY, exceptions=[exception])
        assert "private-transfer" not in service.violations(JOB, "web-1", job())
        assert "private-transfer" in service.violations(JOB, "web-2", job())


def test_every_guardrail_is_tried_here_and_says_what_to_do(service: PolicyService) -> None:
    tried = {name for name, *_ in WRONG} | {
        "drill-before-migration",
        "allowed-regions",
        "required-tags",
        "budget",
    }
    assert set(service.guardrails()) == tried
    for guardrail in service.guardrails().values():
        assert guardrail.remediation_steps
        assert guardrail.severity != proto.POLICY_SEVERITY_UNSPECIFIED


def test_the_page_has_a_row_for_every_guardrail(service: PolicyService) -> None:
    page = (Path(__file__).parents[2] / "docs" / "guardrails.md").read_text()
    for name, told in service.guardrails().items():
        level = proto.EnforcementLevel.Name(told.enforcementLevel).lower()
        severity = proto.PolicySeverity.Name(told.severity).removeprefix("POLICY_SEVERITY_").lower()
        row = f"| `{name}` | {level} | {severity} | {told.description} | {told.remediation_steps} |"
        assert row in page, f"docs/guardrails.md needs:\n{row}"


def test_files_of_the_settings_are_looked_for_in_the_project_and_not_in_the_pack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[str] = []
    monkeypatch.setattr("pulumi_policy.PolicyPack", lambda name, _: served.append(name))
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(PACK / "__main__.py"))
    assert (served, Path.cwd()) == (["smc-migration"], PACK.parent)
