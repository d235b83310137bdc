"""`python -m cli estimate`: the preview's table, and the same as JSON."""

import json
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.support.migration import Migrator


@pytest.fixture(autouse=True)
def _no_drills(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.estimate.drill_reports", lambda _stack, _embedded: {})


def test_a_table_and_the_same_as_json(
    run: Run, migrator: Migrator, settings: dict[str, Any]
) -> None:
    without = run("estimate").stdout
    assert "2 servers in about 5.2 h, at most 50 at a time; no prices are configured" in without
    settings["prices"] = {
        "currency": "CNY",
        "transitionInstanceHour": 0.5,
        "diskGibHour": 0.001,
        "publicTrafficGib": 0.8,
    }
    text = run("estimate").stdout
    told = json.loads(run("estimate", "--json").stdout)
    cost = told["total"]["cost"]
    assert told["estimate"] is True
    assert f"{cost['once']:.2f} CNY" in text
    assert cost["traffic"] == 200 * 0.8
    assert cost["images_month"] is None
    assert "prices.snapshotGibMonth is missing" in text
    assert {n: s["cost"]["traffic"] for n, s in told["servers"].items()} == {
        "web-1": 32.0,
        "app-1": 128.0,
    }


def test_nothing_left(run: Run, migrator: Migrator, settings: dict[str, Any]) -> None:
    settings["servers"] = {}
    assert run("estimate").stdout == "Nothing is left to migrate.\n"
