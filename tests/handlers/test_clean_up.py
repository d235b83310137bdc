"""Clean-up: what is stopped, waited for, released and told, word for word; what is not touched."""

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from emulator.ecs.tables import Disk, Instance
from emulator.http.faults import Fault
from emulator.smc.tables import ReplicationJob, SourceServer
from smc.api.instances import describe_disks, describe_instances
from smc.api.replication_jobs import describe_replication_jobs, start_replication_job
from smc.api.source_servers import describe_source_servers
from smc.clients import Clients
from smc.errors import ApiError, WaitError
from smc.handlers import (
    cleanup_guard,
    job_removal,
    replication_job,
    source_removal,
    transition,
    wave_run,
)
from smc.handlers.context import Context
from smc.handlers.transition import TRANSITION_INSTANCE_NAME, claim_transition_instances
from smc.models import ReplicationJob as Job
from smc.notifications.courier import Courier
from smc.ownership import FINISHED_TAG, SMOKE_TEST_TAG, STACK_TAG, stack_tags
from smc.settings.notifications import Notifications
from smc.waiters import Pace
from tests.support.migration import PACE, STACK, TARGET_REGION, Migrator
from tests.support.smc_calls import Smc

SYNCING_SECONDS = 400
TARGET = "i-target0files"
HOUR = 3600


def put_instance(
    migrator: Migrator, id_: str, name: str = TRANSITION_INSTANCE_NAME, **changes: Any
) -> None:
    """An instance like the target, ours unless other tags are given."""
    table = migrator.cloud.world.table(Instance)
    like = table.get(TARGET)
    assert like is not None
    values: dict[str, Any] = {"tags": stack_tags(STACK)}
    values["created"] = migrator.cloud.world.clock.now()
    table.put(replace(like, instance_id=id_, name=name, **(values | changes)))


def put_disk(migrator: Migrator, id_: str, on: str = TARGET, **changes: Any) -> None:
    """A temporary disk of SMC."""
    table = migrator.cloud.world.table(Disk)
    (like,) = table.find(instance_id=TARGET, type="system")
    values: dict[str, Any] = {"name": "SMC_Temp_Disk", "type": "data", "used_gib": 0.0}
    values["created"] = migrator.cloud.world.clock.now()
    table.put(replace(like, disk_id=id_, instance_id=on, **(values | changes)))


def certificate(lines: Sequence[str]) -> dict[str, Any]:
    (line,) = [each for each in lines if each.startswith("certificate: ")]
    members: dict[str, Any] = json.loads(line.removeprefix("certificate: "))
    return members


def instances(migrator: Migrator) -> set[str]:
    return {i.instance_id for i in describe_instances(migrator.clients, TARGET_REGION)}


@pytest.mark.parametrize(
    "elapsed", [None, 60, SYNCING_SECONDS, 1000, 100_000], ids=lambda e: f"after-{e}-s"
)
def test_destroy_at_any_moment_leaves_nothing(migrator: Migrator, elapsed: float | None) -> None:
    """From Ready, Preparing, Syncing, Processing and Finished."""
    job = migrator.prepared("web-1")["web-1"]
    if elapsed is not None:
        start_replication_job(migrator.clients, job.job_id)
        migrator.clock.sleep(elapsed)
    inputs = migrator.job_inputs("web-1", job.source_id)
    outputs = {"job_id": job.job_id, "status": "Ready", "image_id": "", "error": ""}
    wave_run.stop(migrator.wave_inputs({"web-1": job}), migrator.context)
    replication_job.delete(inputs, outputs, migrator.context)
    lines = cleanup_guard.delete(migrator.guard_inputs(), migrator.context)
    assert describe_replication_jobs(migrator.clients) == []
    names = {i.name for i in describe_instances(migrator.clients, TARGET_REGION)}
    assert names == {"files-new"}
    assert "is left" in lines[-1]
    replication_job.delete(inputs, outputs, migrator.context)


def test_a_temporary_disk_of_somebody_elses_job_stays(migrator: Migrator) -> None:
    smc = Smc(migrator.cloud)
    foreign = smc.create(
        smc.source("i-source0files"), target_type="TargetInstance", instance_id="i-target0files"
    )
    start_replication_job(migrator.clients, foreign)
    cleanup_guard.delete(
        migrator.guard_inputs(**{"i-target0files": TARGET_REGION}), migrator.context
    )
    disks = describe_disks(migrator.clients, TARGET_REGION, "i-target0files")
    assert "SMC_Temp_Disk" in {disk.name for disk in disks}
    assert [job.status for job in describe_replication_jobs(migrator.clients)] == ["Running"]


def test_what_smc_left_is_released_told_and_certified(migrator: Migrator) -> None:
    put_instance(migrator, "i-ours")
    put_instance(migrator, "i-test", name="smoke", tags={**stack_tags(STACK), SMOKE_TEST_TAG: "x"})
    put_disk(migrator, "d-left", size_gib=40)
    migrator.clock.sleep(10 * HOUR)
    inputs = migrator.guard_inputs(**{TARGET: TARGET_REGION})
    now = migrator.clock.monotonic()
    lines = cleanup_guard.delete(inputs, migrator.context)
    # SMC gets five minutes to do it itself; to detach a disk takes one.
    assert 300 <= migrator.clock.monotonic() - now < 420
    assert "waiting for SMC to release 2 instances and 1 disks" in migrator.lines
    assert lines[:3] == [
        "released transition instance i-ours in ap-northeast-1, billed for 10.1 hours",
        "released smoke test instance i-test in ap-northeast-1, billed for 10.1 hours",
        "released temporary disk d-left in ap-northeast-1, billed for 10.1 hours",
    ]
    (checked,) = lines[4:]
    assert checked == (
        "checked ap-northeast-1: no replication job, transition instance or temporary disk of "
        f"{STACK} is left"
    )
    made = certificate(lines)
    assert (made["clean"], made["stack"], made["account"], made["emulated"]) == (
        True,
        STACK,
        migrator.connection.account,
        True,
    )
    assert [(c["what"], c["region"], c["seen"]) for c in made["checked"]] == [
        ("replication jobs of the stack", "", 0),
        ("source servers of the stack", "", 0),
        ("activation codes of the stack", "", 0),
        ("throwaway images of the stack", TARGET_REGION, 0),
        ("instances with the stack's tag", TARGET_REGION, 0),
        ("temporary disks on i-target0files", TARGET_REGION, 0),
    ]
    assert [each["id"] for each in made["released"]] == ["i-ours", "i-test", "d-left"]
    assert made["left"] == []
    assert instances(migrator) == {TARGET}
    (disk,) = describe_disks(migrator.clients, TARGET_REGION, TARGET)
    assert disk.type == "system"


def test_what_smc_releases_itself_is_waited_for_and_not_released_twice(migrator: Migrator) -> None:
    put_instance(migrator, "i-ours")
    table = migrator.cloud.world.table(Instance)

    def progress(line: str) -> None:
        if line.startswith("waiting for SMC to release"):
            table.delete("i-ours")

    context = replace(migrator.context, progress=progress)
    lines = cleanup_guard.delete(migrator.guard_inputs(), context)
    assert len(lines) == 2
    assert certificate(lines)["released"] == []
    assert "ecs:DeleteInstance" not in migrator.cloud.counts


def test_nothing_to_do_takes_no_time(migrator: Migrator) -> None:
    now = migrator.clock.monotonic()
    inputs = migrator.guard_inputs().model_copy(update={"regions": []})
    lines = cleanup_guard.delete(inputs, migrator.context)
    assert migrator.clock.monotonic() == now
    assert lines[-1].startswith("checked no region: no replication job")


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        (TRANSITION_INSTANCE_NAME, {}),
        (TRANSITION_INSTANCE_NAME, {STACK_TAG: "organization/test/other"}),
        ("shop", stack_tags(STACK)),
        ("shop", {SMOKE_TEST_TAG: "x"}),
    ],
)
def test_what_is_not_provably_ours_stays(
    migrator: Migrator, name: str, tags: dict[str, str]
) -> None:
    put_instance(migrator, "i-theirs", name=name, tags=tags)
    put_disk(migrator, "d-theirs", on="i-theirs")
    put_disk(migrator, "d-data", name="data")
    lines = cleanup_guard.delete(migrator.guard_inputs(**{TARGET: TARGET_REGION}), migrator.context)
    assert certificate(lines)["released"] == []
    assert instances(migrator) == {TARGET, "i-theirs"}
    assert {d.disk_id for d in migrator.cloud.world.table(Disk)} >= {"d-theirs", "d-data"}


def test_what_cannot_be_released_fails_the_destroy(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_instance(migrator, "i-ours")
    put_disk(migrator, "d-left")
    for name in ("delete_instance", "release_temporary_disk"):
        monkeypatch.setattr(cleanup_guard, name, lambda *_: None)
    with pytest.raises(WaitError) as raised:
        cleanup_guard.delete(migrator.guard_inputs(**{TARGET: TARGET_REGION}), migrator.context)
    assert str(raised.value) == (
        "billed and not released yet: i-ours, d-left. Fix: run `pulumi destroy` again."
    )


@pytest.mark.parametrize("left", ["i-ours", "d-left"])
def test_one_thing_that_stays_is_enough_to_fail(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch, left: str
) -> None:
    if left == "i-ours":
        put_instance(migrator, left)
    else:
        put_disk(migrator, left)
    asked: list[tuple[Any, ...]] = []
    for name in ("delete_instance", "release_temporary_disk"):
        monkeypatch.setattr(cleanup_guard, name, lambda _, *rest: asked.append(rest))
    with pytest.raises(WaitError, match=f"billed and not released yet: {left}"):
        cleanup_guard.delete(migrator.guard_inputs(**{TARGET: TARGET_REGION}), migrator.context)
    # In its own region, and a disk as ours: detached, nothing else would tell whose it is.
    ((region, thing, *stack),) = asked
    assert (region, getattr(thing, "disk_id", thing)) == (TARGET_REGION, left)
    assert stack == ([STACK] if left == "d-left" else [])


@pytest.mark.parametrize(
    ("tags", "on", "released"),
    [
        (stack_tags(STACK), "", True),
        ({**stack_tags(STACK), "more": "x"}, "", True),
        ({}, "", False),
        ({STACK_TAG: "organization/test/other"}, "", False),
        (stack_tags(STACK), "i-theirs", False),
    ],
)
def test_a_disk_that_is_on_no_target_any_more_is_ours_by_its_tag(
    migrator: Migrator, tags: dict[str, str], on: str, released: bool
) -> None:
    put_instance(migrator, "i-theirs", name="shop", tags={})
    put_disk(migrator, "d-detached", on=on, tags=tags)
    # A job to an image has no instance; that does not make every detached disk somebody's.
    foreign = Smc(migrator.cloud)
    foreign.create(foreign.source("i-source0db1"))
    inputs = migrator.guard_inputs(**{TARGET: TARGET_REGION})
    lines = cleanup_guard.delete(inputs, migrator.context)
    assert ("d-detached" in str(certificate(lines)["released"])) is released
    left = {disk.disk_id for disk in migrator.cloud.world.table(Disk)}
    assert ("d-detached" not in left) is released


def test_every_region_that_was_checked_is_named(migrator: Migrator) -> None:
    inputs = migrator.guard_inputs().model_copy(update={"regions": ["cn-hangzhou", TARGET_REGION]})
    lines = cleanup_guard.delete(inputs, migrator.context)
    assert lines[-1].startswith(f"checked cn-hangzhou, {TARGET_REGION}: no replication job")


def test_jobs_that_smc_keeps_are_named(migrator: Migrator) -> None:
    (name,) = migrator.prepared("web-1")
    table = migrator.cloud.world.table(ReplicationJob)
    (made,) = table
    table.delete(made.job_id)
    migrator.cloud.world.table(SourceServer).delete(made.source_id)
    for number in range(6):
        table.put(replace(made, job_id=f"j-{number}", name=f"{name}-{number}", status="Deleting"))
    pace = Pace(20.0, 60.0, 600.0)
    inputs = migrator.guard_inputs().model_copy(update={"pace": pace})
    with pytest.raises(WaitError) as raised:
        cleanup_guard.delete(inputs, migrator.context)
    assert str(raised.value) == (
        "jobs of this stack are still there: j-0 (web-1-0, Deleting), j-1 (web-1-1, Deleting),"
        " j-2 (web-1-2, Deleting), j-3 (web-1-3, Deleting), j-4 (web-1-4, Deleting). Fix: run"
        " `pulumi destroy` again; if SMC keeps them, delete them in its console."
    )
    assert "waiting until SMC has removed 6 jobs" in migrator.lines


def test_a_look_at_the_guard_tells_what_is_billed_and_releases_nothing(
    migrator: Migrator,
) -> None:
    job = migrator.prepared("web-1")["web-1"]
    start_replication_job(migrator.clients, job.job_id)
    migrator.clock.sleep(SYNCING_SECONDS)
    (running,) = describe_replication_jobs(migrator.clients)
    claim_transition_instances(migrator.clients, STACK, [running])
    inputs = migrator.guard_inputs(**{TARGET: TARGET_REGION})
    assert cleanup_guard.create(inputs) == {"leftovers": []}
    assert cleanup_guard.read(inputs, migrator.context) == {"leftovers": []}
    put_instance(migrator, "i-ours")
    put_disk(migrator, "d-left")
    # That somebody else's job names it does not explain why it carries our mark.
    table = migrator.cloud.world.table(ReplicationJob)
    (row,) = table
    other = {STACK_TAG: "organization/test/other"}
    table.put(replace(row, job_id="j-theirs", tags=other, transition_instance_id="i-ours"))
    migrator.clock.sleep(2 * HOUR)
    start = describe_instances(migrator.clients, TARGET_REGION, ["i-ours"])[0]
    assert cleanup_guard.read(inputs, migrator.context) == {
        "leftovers": [
            f"ap-northeast-1: {start}, billed for 2.0 hours",
            "ap-northeast-1: disk d-left, billed for 2.0 hours",
        ]
    }
    assert "i-ours" in instances(migrator)


def test_a_running_job_is_stopped_claimed_and_deleted(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2", "app-1")
    ids = {job.job_id: name for name, job in jobs.items()}
    running, _, deleting = ids
    start_replication_job(migrator.clients, running)
    migrator.clock.sleep(SYNCING_SECONDS)
    table = migrator.cloud.world.table(ReplicationJob)
    gone = table.get(deleting)
    assert gone is not None
    table.put(replace(gone, status="Deleting"))
    before = dict(migrator.cloud.counts)
    job_removal.delete_jobs(migrator.clients, STACK, ids, PACE, migrator.context)
    made = {
        action: count - before.get(action, 0)
        for action, count in migrator.cloud.counts.items()
        if count - before.get(action, 0) and ":Describe" not in action
    }
    # Not the one that is being deleted already.
    assert made == {
        "smc:StopReplicationJob": 1,
        "ecs:TagResources": 1,
        "smc:DeleteReplicationJob": 2,
    }
    assert "stopping web-1" in migrator.lines
    left = [i for i in migrator.cloud.world.table(Instance) if i.name == TRANSITION_INSTANCE_NAME]
    assert all(instance.tags == stack_tags(STACK) for instance in left)


def test_only_the_stacks_own_jobs_of_a_source_are_deleted(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2")
    start_replication_job(migrator.clients, jobs["web-1"].job_id)
    migrator.clock.sleep(SYNCING_SECONDS)
    table = migrator.cloud.world.table(ReplicationJob)
    mine, theirs = (table.get(jobs[name].job_id) for name in ("web-1", "web-2"))
    assert mine is not None
    assert theirs is not None
    # Of ours, no more than whose it is.
    table.put(replace(mine, tags=stack_tags(STACK)))
    table.put(replace(theirs, tags={STACK_TAG: "organization/test/other"}))
    sources = {job.source_id: name for name, job in jobs.items()}
    job_removal.delete_jobs_of(migrator.clients, STACK, sources, PACE, migrator.context)
    # Before it loses its job a transition instance is marked as the stack's.
    claimed = [i for i in migrator.cloud.world.table(Instance) if i.tags == stack_tags(STACK)]
    assert [i.name for i in claimed] == [TRANSITION_INSTANCE_NAME]
    migrator.clock.sleep(600)
    assert [job.job_id for job in describe_replication_jobs(migrator.clients)] == [theirs.job_id]


def test_a_source_whose_job_stays_is_named(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    source_id = jobs["web-1"].source_id
    table = migrator.cloud.world.table(ReplicationJob)
    theirs = table.get(jobs["web-1"].job_id)
    assert theirs is not None
    table.put(replace(theirs, tags={}))
    pace = Pace(20.0, 60.0, 2700.0)
    with pytest.raises(WaitError) as raised:
        source_removal.delete_sources(
            migrator.clients, STACK, {source_id: "web-1"}, pace, migrator.context
        )
    assert str(raised.value) == (
        f"web-1: source server {source_id} still has a replication job after 45 minutes. Fix: look"
        " at the job in the SMC console, then run `pulumi destroy` again."
    )
    assert [s.source_id for s in describe_source_servers(migrator.clients)] == [source_id]


def test_sources_are_deleted_once_their_jobs_are_gone(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2")
    doomed = {jobs["web-1"].source_id: "web-1"}
    source_removal.delete_sources(migrator.clients, STACK, doomed, PACE, migrator.context)
    assert [s.name for s in describe_source_servers(migrator.clients)] == ["web-2"]
    before = dict(migrator.cloud.counts)
    source_removal.delete_sources(migrator.clients, STACK, {}, PACE, migrator.context)
    assert migrator.cloud.counts == before


def test_the_jobs_of_doomed_sources_are_looked_at_and_no_others(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = migrator.prepared("web-1", "web-2")
    doomed = {jobs["web-1"].source_id: "web-1"}
    asked: list[dict[str, Any]] = []

    def listed(clients: Clients, **only: Any) -> list[Job]:
        asked.append(only)
        return describe_replication_jobs(clients, **only)

    monkeypatch.setattr(source_removal, "describe_replication_jobs", listed)
    source_removal.free_sources(migrator.clients, STACK, doomed, PACE, migrator.context)
    assert asked
    assert [only for only in asked if only != {"source_ids": list(doomed)}] == []


def test_our_mark_and_no_other_is_taken_off_adopted_sources(migrator: Migrator) -> None:
    smc = Smc(migrator.cloud)
    marked, plain = smc.source("i-source0web1"), smc.source("i-source0web2")
    other = smc.source("i-source0app1")
    table = migrator.cloud.world.table(SourceServer)
    for id_, tags in (
        (marked, {FINISHED_TAG: "1", "team": "a"}),
        (plain, {"team": "b"}),
        (other, {FINISHED_TAG: "1"}),
    ):
        row = table.get(id_)
        assert row is not None
        table.put(replace(row, tags=tags))
    source_removal.release_sources(migrator.clients, [marked, plain])
    assert {s.source_id: s.tags for s in describe_source_servers(migrator.clients)} == {
        marked: {"team": "a"},
        plain: {"team": "b"},
        other: {FINISHED_TAG: "1"},
    }


def test_transition_instances_are_claimed_while_their_job_names_them(migrator: Migrator) -> None:
    put_instance(migrator, "i-tokyo", tags={})
    put_instance(migrator, "i-far", tags={}, region="cn-beijing")
    (template,) = migrator.prepared("web-1").values()
    (job,) = describe_replication_jobs(migrator.clients, [template.job_id])
    jobs = [
        replace(job, status="Running", region=TARGET_REGION, transition_instance_id="i-tokyo"),
        replace(job, status="Running", region="cn-beijing", transition_instance_id="i-far"),
        replace(job, status="Running", region=TARGET_REGION, transition_instance_id=""),
        # SMC has released it, and the id may be somebody else's by now.
        replace(job, status="Finished", region=TARGET_REGION, transition_instance_id=TARGET),
    ]
    assert claim_transition_instances(migrator.clients, STACK, jobs) == {"i-tokyo", "i-far"}
    tags = {i.instance_id: i.tags for i in migrator.cloud.world.table(Instance)}
    assert tags["i-tokyo"] == tags["i-far"] == stack_tags(STACK)
    assert STACK_TAG not in tags[TARGET]
    assert claim_transition_instances(migrator.clients, STACK, []) == set()


@pytest.mark.parametrize(("code", "passes"), [("InvalidInstanceId.NotFound", True), ("X", False)])
def test_an_instance_that_goes_before_it_is_claimed_is_no_error(
    migrator: Migrator, code: str, passes: bool
) -> None:
    (template,) = migrator.prepared("web-1").values()
    (job,) = describe_replication_jobs(migrator.clients, [template.job_id])
    named = replace(job, status="Running", transition_instance_id="i-gone")
    migrator.cloud.server.gateway.faults.arm(
        Fault(service="ecs", action="TagResources", kind="error", status=404, code=code, count=9)
    )
    expected = nullcontext() if passes else pytest.raises(ApiError, match="X")
    with expected:
        assert claim_transition_instances(migrator.clients, STACK, [named]) == set()


def test_an_instance_that_is_gone_keeps_no_other_from_being_claimed(migrator: Migrator) -> None:
    """ECS refuses the call for all of them; unmarked, the others would never be released."""
    (template,) = migrator.prepared("web-1").values()
    (job,) = describe_replication_jobs(migrator.clients, [template.job_id])
    with migrator.cloud.world.transaction():
        put_instance(migrator, "i-here", tags={})
        put_instance(migrator, "i-there", tags={})
    jobs = [
        replace(job, status="Running", region=TARGET_REGION, transition_instance_id=each)
        for each in ("i-gone", "i-here", "i-there")
    ]
    claimed = claim_transition_instances(migrator.clients, STACK, jobs)
    tags = {i.instance_id: i.tags for i in migrator.cloud.world.table(Instance)}
    assert tags["i-here"] == tags["i-there"] == stack_tags(STACK)
    assert claimed == {"i-here", "i-there"}


class Told(Courier):
    """A courier that keeps what it is given."""

    def __init__(self) -> None:
        super().__init__(None, lambda _: None)
        self.events: list[Any] = []
        self.sent: list[Any] = []

    def send(self, event: Any) -> None:
        self.sent.append(event)
        self.events.append(event.data)


def test_leftovers_are_announced_when_seen_and_when_released(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_instance(migrator, "i-ours")
    told = Told()
    asked: list[object] = []

    def courier(_: Context, wanted: object) -> Told:
        asked.append(wanted)
        return told

    monkeypatch.setattr(Context, "courier", courier)
    wanted = Notifications.model_validate(
        {"url": "https://hooks.example.com/", "secretFrom": {"environment": "SECRET"}}
    )
    inputs = migrator.guard_inputs().model_copy(update={"notifications": wanted})
    cleanup_guard.read(inputs, migrator.context)
    cleanup_guard.delete(inputs, migrator.context)
    assert [(data.id, data.stack, data.released) for data in told.events] == [
        ("i-ours", STACK, False),
        ("i-ours", STACK, True),
    ]
    assert asked == [wanted, wanted]
    assert all(event.emulated for event in told.sent)
    assert all(event.timestamp for event in told.sent)


def test_what_the_api_gives_no_date_for_is_told_without_hours(migrator: Migrator) -> None:
    (instance,) = describe_instances(migrator.clients, TARGET_REGION)
    assert cleanup_guard._billed(migrator.clients, replace(instance, created=None)) == ""


def test_jobs_are_gone_when_smc_lists_them_no_more(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2")
    first, second = (job.job_id for job in jobs.values())
    pace = Pace(20.0, 60.0, 600.0)
    job_removal.delete_jobs(migrator.clients, STACK, {first: "web-1"}, pace, migrator.context)
    assert job_removal.await_gone(migrator.clients, [first], pace, migrator.context)
    assert job_removal.await_gone(migrator.clients, [], pace, migrator.context)
    before = migrator.clock.monotonic()
    assert not job_removal.await_gone(migrator.clients, [first, second], pace, migrator.context)
    assert 600 <= migrator.clock.monotonic() - before < 700


@pytest.mark.parametrize("stack", [STACK, ""])
def test_a_temporary_disk_is_claimed_before_it_is_detached(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch, stack: str
) -> None:
    """Detached it is on no target any more that would tell whose it is."""
    put_disk(migrator, "d-left")
    (disk,) = [
        d for d in describe_disks(migrator.clients, TARGET_REGION, TARGET) if d.disk_id == "d-left"
    ]
    released: list[tuple[str, str]] = []
    monkeypatch.setattr(
        transition, "release_disk", lambda _, region, d: released.append((region, d.disk_id))
    )
    transition.release_temporary_disk(migrator.clients, TARGET_REGION, disk, stack)
    assert released == [(TARGET_REGION, "d-left")]
    row = migrator.cloud.world.table(Disk).get("d-left")
    assert row is not None
    assert row.tags == (stack_tags(STACK) if stack else {})
