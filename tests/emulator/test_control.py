"""The control interface: ledger, clock, faults, and the commands over them."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from typer.testing import CliRunner

from emulator.__main__ import app
from emulator.ledger import MOST_NAMES, OTHERS, Ledger, LedgerEntry
from tests.emulator.test_signatures import v1
from tests.support.cloud import Cloud

TOKEN = "x-emulator-control-token"
CALLS = "sts:GetCallerIdentity"


def ask(cloud: Cloud, method: str, path: str, body: str | None = None) -> requests.Response:
    return requests.request(
        method,
        f"{cloud.described['endpoint']}/-/{path}",
        data=body,
        headers={TOKEN: cloud.described["control_token"]},
        timeout=10,
    )


def call(cloud: Cloud) -> tuple[int, str]:
    """Call GetCallerIdentity once: HTTP status and code; without an answer (0, "")."""
    try:
        answer = requests.get(cloud.described["endpoint"], params=v1(cloud), timeout=10)
    except requests.RequestException:
        return 0, ""
    return answer.status_code, answer.json().get("Code", "OK")


def arm(cloud: Cloud, **fault: Any) -> None:
    wanted = {"service": "sts", "action": "GetCallerIdentity", **fault}
    assert ask(cloud, "POST", "faults", json.dumps(wanted)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "ledger"),
        ("GET", "billing"),
        ("POST", "clock"),
        ("POST", "faults"),
        ("DELETE", "faults"),
    ],
)
def test_everything_needs_the_token(cloud: Cloud, method: str, path: str) -> None:
    url = f"{cloud.described['endpoint']}/-/{path}"
    for headers in ({}, {TOKEN: "guess"}):
        answer = requests.request(method, url, headers=headers, data="{}", timeout=10)
        assert (answer.status_code, answer.json()["Code"]) == (403, "Forbidden")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", '{"speed": "fast"}'),
        ("clock", '{"speed": Infinity}'),
        ("clock", '{"speed": -1}'),
        ("clock", '{"advance_seconds": 1e300}'),
        ("clock", '{"unknown": 1}'),
        ("clock", "no json"),
        ("latency", '{"milliseconds": -1}'),
        ("restore", '{"format": "smc-emulator-world/1"}'),
        ("restore", "[" * 100_000),
        ("faults", '{"service": "sts", "action": "*", "kind": "nothing"}'),
        ("faults", '{"service": "sts", "kind": "error", "share": 1.5}'),
        ("faults", '{"kind": "job_failure", "at_percent": 90}'),
        ("faults", '{"service": "oss", "action": "*", "kind": "error"}'),
        ("faults", '{"service": "sts", "action": "*", "kind": "error", "count": 0}'),
    ],
)
def test_nonsense_is_refused_and_changes_nothing(cloud: Cloud, path: str, body: str) -> None:
    before = cloud.world.clock.now()
    answer = ask(cloud, "POST", path, body)
    assert (answer.status_code, answer.json()["Code"]) == (400, "InvalidRequest")
    assert cloud.world.clock.now() == before
    assert cloud.world.clock.speed == 0
    assert call(cloud) == (200, "OK")


def test_ledger_tells_who_called_what_and_how_it_ended(cloud: Cloud) -> None:
    call(cloud)
    arm(cloud, kind="throttle")
    assert call(cloud) == (400, "Throttling.User")
    told = ask(cloud, "GET", "ledger?latest=1").json()
    assert told["counts"] == {CALLS: 2}
    (latest,) = told["calls"]
    assert latest["caller"].endswith(":user/account-admin")
    assert (latest["service"], latest["action"], latest["outcome"]) == (
        "sts",
        "GetCallerIdentity",
        "Throttling.User",
    )
    assert cloud.described["accounts"]["source"]["access_key_secret"] not in json.dumps(told)


def test_billing_is_told(cloud: Cloud) -> None:
    told = ask(cloud, "GET", "billing").json()
    assert {item["kind"] for item in told["items"]} >= {"instance", "disk"}


def test_faults_are_listed_and_taken_back(cloud: Cloud) -> None:
    arm(cloud, kind="error", count=1000)
    arm(cloud, kind="throttle", share=1)
    job_failure = {
        "kind": "job_failure",
        "subject": "i-source0web1",
        "at_percent": 40,
        "code": "S1",
    }
    assert ask(cloud, "POST", "faults", json.dumps(job_failure)).status_code == 200
    assert call(cloud) == (503, "ServiceUnavailable")
    told = ask(cloud, "GET", "faults").json()
    assert [(f["kind"], f["left"]) for f in told["faults"]] == [("error", 999), ("throttle", None)]
    assert told["planned"] == [job_failure | {"message": "Rsync not found."}]
    assert ask(cloud, "DELETE", "faults").status_code == 200
    assert ask(cloud, "GET", "faults").json() == {"faults": [], "planned": []}
    assert call(cloud) == (200, "OK")


def test_commands(cloud: Cloud, tmp_path: Path) -> None:
    environment = {
        "EMULATOR_ENDPOINT": cloud.described["endpoint"],
        "EMULATOR_CONTROL_TOKEN": cloud.described["control_token"],
        "HTTP_PROXY": "http://127.0.0.1:9",
    }

    def run(*arguments: str, **changes: str) -> Any:
        return CliRunner().invoke(app, [*arguments], env=environment | changes)

    def said(*arguments: str) -> Any:
        result = run(*arguments)
        assert result.exit_code == 0, result.stderr
        return json.loads(result.stdout)

    before = cloud.world.clock.now()
    said("advance", "3600")
    assert (cloud.world.clock.now() - before).total_seconds() == 3600
    assert said("speed", "2")["speed"] == 2
    said("speed", "0")
    said("latency", "5")
    assert cloud.server.gateway.latency_seconds == 0.005
    said("fault", "add", "error", "--service", "sts", "--code", "X", "--status", "500")
    assert call(cloud) == (500, "X")
    said("fault", "add", "throttle", "--action", "GetCallerIdentity", "--share", "0.5")
    assert said("fault", "list")["faults"][0]["share"] == 0.5
    said("fault", "clear")
    assert call(cloud) == (200, "OK")
    assert said("ledger")["counts"] == {CALLS: 2}
    assert said("billing")["items"]
    file = tmp_path / "world.json"
    now = said("snapshot", str(file))["now"]
    assert file.stat().st_mode & 0o777 == 0o600
    said("advance", "60")
    said("restore", str(file))
    assert cloud.world.clock.now() == datetime.fromisoformat(now)
    refusals = {
        ("snapshot", str(file)): "cannot be written",
        ("restore", str(tmp_path / "none")): "cannot be read",
        ("restore", str(cloud.folder / "emulator.json")): "validation errors",
        ("fault", "add", "earthquake"): "earthquake",
        ("fault", "add", "client_offline", "--subject", "s-none"): "no source server s-none",
        ("fault", "add", "job_failure"): "at_percent",
    }
    for arguments, told in refusals.items():
        result = run(*arguments)
        assert (result.exit_code, told in result.stderr) == (2, True), result.stderr
    refused = run("ledger", EMULATOR_CONTROL_TOKEN="guess")
    assert (refused.exit_code, "control token" in refused.stderr) == (2, True)
    absent = run("ledger", EMULATOR_ENDPOINT="http://127.0.0.1:9")
    assert (absent.exit_code, "no emulator answers" in absent.stderr) == (2, True)


def test_names_that_somebody_makes_up_do_not_fill_the_ledger() -> None:
    ledger = Ledger()
    for number in range(3 * MOST_NAMES):
        entry = LedgerEntry(at="", service="", action=f"A{number}", caller="", outcome="X")
        ledger.add(entry)
    assert len(ledger.counts()) == MOST_NAMES + 1
    assert ledger.counts()[OTHERS] == 2 * MOST_NAMES
