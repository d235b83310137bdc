"""Events of real runs, received on loopback: signed, repeated, never in the way."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from standardwebhooks.webhooks import WebhookVerificationError

from cli import notification_schema
from emulator.ecs.tables import Instance
from emulator.smc.tables import PlannedFailure
from smc.errors import InterruptedWait
from smc.handlers import cleanup_guard, wave_run
from smc.handlers.context import Context
from smc.notifications import courier as courier_module
from smc.notifications.courier import Courier
from smc.notifications.events import Teller
from smc.ownership import STACK_TAG
from smc.settings.notifications import Notifications
from tests.support.engine_model import Stack
from tests.support.migration import STACK, Migrator
from tests.support.provider_process import Death, Killed
from tests.support.receiver import SECRET, Receiver, running_receiver

SCHEMA = Draft202012Validator(json.loads(notification_schema.encoded()))


@dataclass(frozen=True, slots=True)
class QuickContext(Context):
    """Repeats without the pauses of real life."""

    def courier(self, wanted: Notifications | None) -> Courier:
        return Courier(wanted, self.note, delay=0.001)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as running:
        yield running


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMC_WEBHOOK_SECRET", SECRET)


def told(receiver: Receiver, **changes: Any) -> Notifications:
    values = {"url": receiver.url, "secret_from": {"environment": "SMC_WEBHOOK_SECRET"}}
    return Notifications.model_validate(values | changes)


def driven(migrator: Migrator, wanted: Notifications, *servers: str) -> dict[str, Any]:
    inputs = migrator.wave_inputs(migrator.prepared(*servers), notifications=wanted)
    context = QuickContext(migrator.clock, migrator.lines.append, migrator.lines.append)
    outputs: dict[str, Any] = wave_run.drive(inputs, {}, context)
    return outputs


def fail_at_40_percent(migrator: Migrator, instance: str) -> None:
    planned = PlannedFailure(subject=instance, at_percent=40, code="S1", message="Rsync not found.")
    migrator.cloud.world.table(PlannedFailure).put(planned)


def test_a_wave_tells_its_start_its_failures_and_its_end(
    migrator: Migrator, receiver: Receiver
) -> None:
    fail_at_40_percent(migrator, "i-source0web1")
    outputs = driven(migrator, told(receiver), "web-1", "app-1")
    assert receiver.types == ["wave.started", "server.failed", "wave.ended"]
    for each in receiver.received:
        event = each.verified()
        SCHEMA.validate(event)
        assert event["id"] == each.headers["webhook-id"]
        assert event["emulated"] is True
        assert event["data"]["stack"] == STACK
        with pytest.raises(WebhookVerificationError):
            replace(each, body=each.body.replace(b"web-1", b"web-2")).verified()
    started, failed, ended = (each.event["data"] for each in receiver.received)
    assert started["servers"] == ["app-1", "web-1"]
    assert failed["server"] == "web-1"
    assert failed["reason"] == outputs["failures"]["web-1"]
    assert "Fix: install rsync" in failed["reason"]
    assert ended["failures"] == outputs["failures"]
    assert {s: r["status"] for s, r in ended["results"].items()} == {
        "app-1": "Finished",
        "web-1": "InError",
    }
    assert SECRET not in json.dumps(outputs) + "".join(migrator.lines)


def test_a_receiver_that_stumbles_gets_the_same_event_again(
    migrator: Migrator, receiver: Receiver
) -> None:
    receiver.answers.extend([500, 0, 429])
    outputs = driven(migrator, told(receiver), "web-1")
    assert outputs["failures"] == {}
    assert receiver.types == ["wave.started"] * 4 + ["wave.ended"]
    assert len({each.headers["webhook-id"] for each in receiver.received[:4]}) == 1
    assert len({each.body for each in receiver.received[:4]}) == 1
    assert [each["type"] for each in receiver.once()] == ["wave.started", "wave.ended"]
    assert not [line for line in migrator.lines if "not delivered" in line]


@pytest.mark.parametrize(
    ("answer", "requests", "says"),
    [
        (503, courier_module.ATTEMPTS + 1, "status 503"),
        (404, 2, "status 404"),
        (302, 2, "status 302"),
        (0, courier_module.ATTEMPTS + 1, "ConnectionError"),
    ],
)
def test_a_receiver_that_refuses_changes_nothing(
    migrator: Migrator, receiver: Receiver, answer: int, requests: int, says: str
) -> None:
    receiver.answers.extend([answer] * 50)
    outputs = driven(migrator, told(receiver), "web-1")
    assert outputs["results"]["web-1"]["status"] == "Finished"
    assert outputs["failures"] == {}
    assert len(receiver.received) == requests
    (line,) = [line for line in migrator.lines if "not delivered" in line]
    assert line == f"not delivered to 127.0.0.1: wave.started ({says}), wave.ended ({says})"


def test_a_receiver_that_hangs_does_not_hold_a_wave(
    migrator: Migrator, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = threading.Event()
    monkeypatch.setattr(Courier, "_attempt", lambda *_: (hangs.wait(60), ("", False))[1])

    class Hasty(QuickContext):
        def courier(self, wanted: Notifications | None) -> Courier:
            return Courier(wanted, self.note, last_seconds=0.01)

    inputs = migrator.wave_inputs(migrator.prepared("web-1"), notifications=told(receiver))
    context = Hasty(migrator.clock, migrator.lines.append, migrator.lines.append)
    try:
        assert wave_run.drive(inputs, {}, context)["failures"] == {}
    finally:
        hangs.set()
    assert migrator.lines[-1].endswith("wave.started (no time left), wave.ended (no time left)")


def test_what_waits_is_bounded_and_a_cancelled_update_waits_for_nothing(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = threading.Event()
    monkeypatch.setattr(Courier, "_attempt", lambda *_: (hangs.wait(60), ("", False))[1])
    monkeypatch.setattr(courier_module, "LONGEST_QUEUE", 1)
    event = Teller(STACK, emulated=True).started("all", ["web-1"], "", datetime.now(UTC))
    said: list[str] = []
    try:
        with Courier(told(receiver), said.append, last_seconds=0.01) as courier:
            courier.send(event)
            courier.send(event)
        assert said == [
            "not delivered to 127.0.0.1: wave.started (too many wait), wave.started (no time left)"
        ]
        with Courier(told(receiver), said.append, last_seconds=60) as cancelled:
            cancelled.send(event)
            # What `with` does when the update is cancelled inside of it.
            cancelled.__exit__(InterruptedWait, InterruptedWait("cancelled"), None)
            assert len(said) == 1
            hangs.set()
    finally:
        hangs.set()


def test_the_schema_is_up_to_date() -> None:
    text = notification_schema.TARGET.read_text()
    assert text == notification_schema.encoded(), "run `python -m cli schema`"


def test_only_what_is_asked_for_is_sent(migrator: Migrator, receiver: Receiver) -> None:
    driven(migrator, told(receiver, events=["wave.ended"]), "web-1")
    assert receiver.types == ["wave.ended"]


def test_a_secret_from_a_file_and_one_that_is_missing(
    migrator: Migrator, receiver: Receiver, tmp_path: Path
) -> None:
    file, address = tmp_path / "secret", tmp_path / "address"
    address.write_text(f"{receiver.url}?token=CANARY\n")
    sources = {"secret_from": {"file": str(file)}, "url": None, "url_from": {"file": str(address)}}
    driven(migrator, told(receiver, **sources), "web-1")
    assert receiver.received == []
    assert f"notifications.secretFrom: {file} is missing or empty" in "".join(migrator.lines)
    file.write_text("short")
    driven(migrator, told(receiver, **sources), "web-2")
    assert "is not whsec_ and 24 to 64 bytes in Base64" in "".join(migrator.lines)
    file.write_text(f"{SECRET}\nanother line\n")
    receiver.answers.extend([404] * 3)
    driven(migrator, told(receiver, **sources), "app-1")
    assert [each.verified()["type"] for each in receiver.received] == ["wave.started", "wave.ended"]
    assert "CANARY" not in "".join(migrator.lines)


def test_what_is_left_over_is_told_once_and_again_when_it_is_released(
    migrator: Migrator, receiver: Receiver
) -> None:
    instances = migrator.cloud.world.table(Instance)
    row = instances.get("i-target0files")
    assert row is not None
    left = replace(
        row,
        instance_id="i-left0over",
        name="No_Delete_SMC_Transition_Instance",
        tags={STACK_TAG: STACK},
    )
    with migrator.cloud.world.transaction():
        instances.put(left)
    inputs = migrator.guard_inputs().model_copy(update={"notifications": told(receiver)})
    context = QuickContext(migrator.clock)
    for _ in range(2):
        cleanup_guard.read(inputs, context)
    cleanup_guard.delete(inputs, context)
    assert receiver.types == ["leftover.found"] * 3
    once = [each["data"] for each in receiver.once()]
    assert [(each["id"], each["released"]) for each in once] == [
        ("i-left0over", False),
        ("i-left0over", True),
    ]
    for each in receiver.received:
        SCHEMA.validate(each.verified())


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every event is delivered before the migration goes on: then a crash can fall behind it."""
    original = Courier.send

    def send(self: Courier, event: Any) -> None:
        original(self, event)
        with self._changed:
            self._changed.wait_for(lambda: not self._queue, 10)

    monkeypatch.setattr(Courier, "send", send)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.usefixtures("at_once")
def test_a_killed_update_tells_the_same_events_again(
    migrator: Migrator, receiver: Receiver, *, after: bool
) -> None:
    options = {"notifications": told(receiver).model_dump(by_alias=True, exclude_none=True)}
    servers = {"web-1": {"select": {"name": "web-1"}, "target": {"image": "web-1-image"}}}
    stack = Stack(migrator.cloud, migrator.clock, servers, options)
    whole = Death()
    stack.up(whole)
    expected = receiver.types
    stack.destroy()
    assert expected == ["wave.started", "wave.ended"]
    kills = repeated = 0
    # From the start of the job to the end of the update; waits differ by a call or two.
    for call in range(whole.calls - 7, whole.calls + 1):
        receiver.received.clear()
        death = Death(call, after=after)
        with suppress(Killed):
            stack.up(death)
        before = {each.headers["webhook-id"] for each in receiver.received}
        first = len(receiver.received)
        stack.up()
        assert [each["type"] for each in receiver.once()] == expected, call
        if death.has_come:
            again = {each.headers["webhook-id"] for each in receiver.received[first:]}
            assert before <= again, "what a killed update told is told again"
            kills += 1
            repeated += len(before)
        stack.destroy()
    assert kills >= 5
    assert repeated >= 3
