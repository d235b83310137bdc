"""Scenario 24: the host sleeps, or its clock is set, while something is waited for."""

import ast
import time
from datetime import datetime, timedelta, tzinfo
from pathlib import Path

import pytest

import smc.clients
from emulator.http.incidents import SessionExpiry
from smc.api.access_tokens import list_access_tokens
from smc.clock import SystemClock
from smc.waiters import Pace, rounds
from tests.support.engine_model import Stack
from tests.support.faults import happen, outcomes
from tests.support.migration import Migrator

ROOT = Path(__file__).parents[2]
WALL_CLOCKS = {("time", "time"), ("datetime", "now"), ("datetime", "utcnow"), ("date", "today")}
HOURS = 3600.0


class SleepingHost:
    """Lets the host sleep in one of the program's sleeps: its own clock stands still then."""

    def __init__(self, stack: Stack, seconds: float, at_sleep: int) -> None:
        self.slept = 0.0
        self._left = at_sleep
        own_sleep, own_time = stack.time.sleep, stack.time.monotonic

        def sleep(seconds_: float) -> None:
            own_sleep(seconds_)
            self._left -= 1
            if not self._left:
                self.slept = seconds
                stack.cloud.world.clock.advance(seconds)
                happen(stack.cloud, SessionExpiry(kind="session_expiry"))

        stack.time.sleep = sleep  # type: ignore[assignment, method-assign]
        stack.time.monotonic = lambda: own_time() - self.slept  # type: ignore[method-assign]


@pytest.mark.parametrize("at_sleep", [2, 12, 24, 30])
def test_a_host_that_sleeps_for_two_hours_goes_on_where_it_was(stack: Stack, at_sleep: int) -> None:
    """In the import, and later in the wave; meanwhile its session has ended."""
    host = SleepingHost(stack, 2 * HOURS, at_sleep)
    stack.up()
    assert host.slept == 2 * HOURS
    assert (stack.failures, set(stack.results.values())) == ({}, {"Finished"})
    assert set(outcomes(stack.cloud)) <= {"OK", "InvalidSecurityToken.Expired"}
    assert stack.preview() == []


def test_a_host_that_sleeps_longer_than_the_deadline_does_not_fail_for_it(stack: Stack) -> None:
    host = SleepingHost(stack, 30 * HOURS, 24)
    stack.up()
    assert host.slept == 30 * HOURS
    assert stack.failures == {}


@pytest.mark.parametrize("hours", [-24, 24])
def test_the_time_of_the_service_counts_not_that_of_the_host(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    jobs = migrator.prepared("web-1")
    list_access_tokens(migrator.clients)
    before = migrator.clients.utc_now()
    assert before == migrator.cloud.world.now.replace(microsecond=0)

    class Set(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(hours=hours)

    monkeypatch.setattr(smc.clients, "datetime", Set)
    assert migrator.clients.utc_now() == before
    assert migrator.driven(migrator.wave_inputs(jobs))["failures"] == {}
    migrator.clock.sleep(90)
    assert migrator.clients.utc_now() > before


@pytest.mark.parametrize("step", [-7200.0, 7200.0])
def test_a_sleep_lasts_as_long_as_it_should_when_the_clock_is_set(
    monkeypatch: pytest.MonkeyPatch, step: float
) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + step)
    started = time.monotonic()
    SystemClock().sleep(0.02)
    assert time.monotonic() - started >= 0.02


def test_a_deadline_is_of_the_monotonic_clock() -> None:
    class Frozen:
        now = 0.0

        def monotonic(self) -> float:
            return self.now

        def sleep(self, seconds: float) -> None:
            self.now += seconds

    clock = Frozen()
    looks = sum(1 for _ in rounds(Pace(10, 10, 100), clock))
    assert clock.now == pytest.approx(100)
    assert 10 <= looks <= 14


def test_nothing_else_looks_at_the_hosts_clock() -> None:
    """But for the first moment, when no service has told its time yet, and webhooks' signatures."""
    found = {
        f"{path.relative_to(ROOT)}"
        for package in ("smc", "providers")
        for path in (ROOT / package).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in WALL_CLOCKS
    }
    assert found == {"smc/clients.py", "smc/notifications/courier.py"}
