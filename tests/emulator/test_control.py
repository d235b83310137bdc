"""The control interface: ledger, clock, faults, and the commands over them."""

import json
from typing import Any

import pytest
import requests
from typer.testing import CliRunner

from emulator.__main__ import app
from emulator.http.faults import Fault, Faults
from emulator.identity.tables import User
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
        ("faults", '{"service": "sts", "action": "*", "kind": "nothing"}'),
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


@pytest.mark.parametrize(
    ("fault", "answer", "outcome"),
    [
        ({"kind": "error", "code": "ServiceBusy", "status": 500}, (500, "ServiceBusy"), None),
        ({"kind": "throttle"}, (400, "Throttling.User"), None),
        ({"kind": "reset"}, (0, ""), "ConnectionDropped"),
        ({"kind": "lost"}, (0, ""), "OK"),
    ],
)
def test_a_fault_hits_as_many_calls_as_it_counts(
    cloud: Cloud, fault: dict[str, Any], answer: tuple[int, str], outcome: str | None
) -> None:
    arm(cloud, **fault, count=2)
    assert [call(cloud) for _ in range(3)] == [answer, answer, (200, "OK")]
    outcomes = [entry["outcome"] for entry in ask(cloud, "GET", "ledger").json()["calls"]]
    told = answer[1] if outcome is None else outcome
    assert outcomes == [told, told, "OK"]


def test_a_call_whose_answer_was_lost_was_carried_out_and_a_reset_one_was_not(
    cloud: Cloud,
) -> None:
    user = {"Action": "CreateUser", "Version": "2015-05-01"}
    for kind, name in (("lost", "kept"), ("reset", "never")):
        arm(cloud, service="ram", action="CreateUser", kind=kind)
        with pytest.raises(requests.RequestException):
            requests.get(
                cloud.described["endpoint"], params=v1(cloud, **user, UserName=name), timeout=10
            )
    names = {user.name for user in cloud.world.table(User)}
    assert "kept" in names
    assert "never" not in names


def test_a_slow_call_runs() -> None:
    fault = Fault(service="sts", action="*", kind="slow", seconds=2, count=1)
    faults = Faults()
    faults.arm(fault)
    taken = faults.take("sts", "AssumeRole")
    assert taken is fault
    taken.strike()
    assert faults.take("sts", "AssumeRole") is None


def test_faults_can_be_taken_back(cloud: Cloud) -> None:
    arm(cloud, kind="error", count=1000)
    assert ask(cloud, "DELETE", "faults").status_code == 200
    assert call(cloud) == (200, "OK")


def test_commands(cloud: Cloud) -> None:
    environment = {
        "EMULATOR_ENDPOINT": cloud.described["endpoint"],
        "EMULATOR_CONTROL_TOKEN": cloud.described["control_token"],
        "HTTP_PROXY": "http://127.0.0.1:9",
    }

    def run(*arguments: str, **changes: str) -> Any:
        return CliRunner().invoke(app, [*arguments], env=environment | changes)

    before = cloud.world.clock.now()
    assert run("clock", "--advance", "3600", "--speed", "0").exit_code == 0
    assert (cloud.world.clock.now() - before).total_seconds() == 3600
    assert run("fault", "sts", "*", "error", "--code", "X", "--status", "500").exit_code == 0
    assert call(cloud) == (500, "X")
    assert run("fault", "sts", "*", "error").exit_code == 0
    assert run("clear-faults").exit_code == 0
    assert call(cloud) == (200, "OK")
    assert json.loads(run("ledger").stdout)["counts"] == {CALLS: 2}
    refused = run("ledger", EMULATOR_CONTROL_TOKEN="guess")
    assert (refused.exit_code, "control token" in refused.stderr) == (2, True)
    absent = run("ledger", EMULATOR_ENDPOINT="http://127.0.0.1:9")
    assert (absent.exit_code, "no emulator answers" in absent.stderr) == (2, True)
