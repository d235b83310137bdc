"""A look at an account, member by member: what was listed, what is left, and what explains it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from emulator.ecs.tables import Disk, Instance
from emulator.smc.tables import AccessToken, ReplicationJob
from smc.api import access_tokens
from smc.api.instances import describe_disks
from smc.api.snapshots import create_snapshot
from smc.certificate import Certificate, Check, Kind, Leftover
from smc.handlers import leftovers
from smc.handlers.leftovers import Scope, is_removable, look
from smc.handlers.rehearsal_leftovers import Rehearsed, rehearsed
from smc.handlers.smoke_test_instance import LONGEST_LIFE_SECONDS
from smc.handlers.transition import TRANSITION_INSTANCE_NAME
from smc.models import Image, Snapshot
from smc.models import ReplicationJob as SeenJob
from smc.ownership import (
    BACKUP_TAG,
    REHEARSAL_JOB_TAGS,
    REHEARSAL_TAG,
    SMOKE_TEST_TAG,
    STACK_TAG,
    access_token_name,
    stack_tags,
)
from tests.handlers.test_clean_up import HOUR, TARGET, put_disk, put_instance
from tests.support.migration import PACE, STACK, TARGET_REGION, Migrator

BEIJING = "cn-beijing"
OTHER = "organization/test/other"
REGIONS = (BEIJING, TARGET_REGION)


def found(migrator: Migrator, **scope: Any) -> Certificate:
    values: dict[str, Any] = {"stack": STACK, "regions": REGIONS} | scope
    return look(migrator.clients, Scope(**values))


def job_like(migrator: Migrator, id_: str, **changes: Any) -> ReplicationJob:
    """A job in the account, made from one of the stack's."""
    table = migrator.cloud.world.table(ReplicationJob)
    if not len(table):
        migrator.prepared("web-1")
    (like, *_) = table
    made = replace(like, job_id=id_, **changes)
    table.put(made)
    return made


def test_everything_that_was_listed_is_told_with_its_region_and_number(migrator: Migrator) -> None:
    migrator.prepared("web-1")
    put_disk(migrator, "d-1")
    put_disk(migrator, "d-2")
    access_tokens.create_access_token(migrator.clients, "theirs", 1, 1)
    before = dict(migrator.cloud.counts)
    made = found(migrator)
    assert made.checked == [
        Check(what="replication jobs", seen=1),
        Check(what="ECS instances", region=BEIJING, seen=0),
        Check(what="ECS instances", region=TARGET_REGION, seen=1),
        Check(what="disks named SMC_Temp_Disk", region=BEIJING, seen=0),
        Check(what="disks named SMC_Temp_Disk", region=TARGET_REGION, seen=2),
        Check(what="activation codes", seen=1),
        Check(what="images and snapshots of rehearsals", region=BEIJING, seen=0),
        Check(what="images and snapshots of rehearsals", region=TARGET_REGION, seen=0),
    ]
    assert (made.stack, made.account, made.emulated) == (STACK, migrator.connection.account, True)
    assert made.released == ()
    sources = "smc:DescribeSourceServers"
    assert migrator.cloud.counts[sources] == before[sources]
    assert found(migrator, gone=[OTHER]).checked[8:] == [Check(what="source servers", seen=1)]


def test_images_and_snapshots_of_rehearsals_are_counted_in_their_region(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rehearsed(_: Any, stack: str, region: str) -> Rehearsed:
        images, snapshots = (["m"], ["s", "s"]) if region == BEIJING else ([], ["s"])
        return Rehearsed(stack, region, images, snapshots)  # type: ignore[arg-type]

    monkeypatch.setattr(leftovers, "rehearsed", rehearsed)
    monkeypatch.setattr(Rehearsed, "unexplained", lambda *_, **__: iter(()))
    checked = found(migrator, gone=[OTHER]).checked
    assert [c.seen for c in checked if c.what == "images and snapshots of rehearsals"] == [6, 2]


def a_job(tags: dict[str, str], instance_id: str = "") -> SeenJob:
    """All that is asked of a job."""
    job: Any = SimpleNamespace(tags=tags, instance_id=instance_id)
    return job  # type: ignore[no-any-return]


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OUR_REHEARSAL = stack_tags(STACK) | REHEARSAL_JOB_TAGS
THEIR_REHEARSAL = stack_tags(OTHER) | REHEARSAL_JOB_TAGS


def things_of_rehearsals() -> Rehearsed:
    """An image and a snapshot of it, and snapshots of two targets: of ten in the morning."""
    common: dict[str, Any] = {"name": "n", "size_gib": 40, "created": NOON - timedelta(hours=2)}
    snapshots = [
        Snapshot(
            snapshot_id=id_,
            disk_id="d",
            status="accomplished",
            progress="100%",
            tags=stack_tags(STACK) | tag,
            **common,
        )
        for id_, tag in {
            "s-image": {REHEARSAL_TAG: "image"},
            "s-i-1": {BACKUP_TAG: "i-1"},
            "s-i-2": {BACKUP_TAG: "i-2"},
        }.items()
    ]
    images = [Image(image_id="m-1", status="Available", **common)]
    return Rehearsed(STACK, TARGET_REGION, images, snapshots)


@pytest.mark.parametrize(
    ("jobs", "left"),
    [
        ([], {"m-1", "s-image", "s-i-1", "s-i-2"}),
        ([a_job(stack_tags(STACK), "i-1")], {"m-1", "s-image", "s-i-1", "s-i-2"}),
        ([a_job(THEIR_REHEARSAL, "i-1")], {"m-1", "s-image", "s-i-1", "s-i-2"}),
        # The rehearsal of an image: no target is replaced, so what is of one is left.
        ([a_job(OUR_REHEARSAL)], {"s-i-1", "s-i-2"}),
        ([a_job(OUR_REHEARSAL, "i-1")], {"s-i-2"}),
        ([a_job(OUR_REHEARSAL, "i-1"), a_job(OUR_REHEARSAL, "i-2")], set()),
    ],
)
def test_a_rehearsal_explains_the_images_and_the_snapshots_of_its_own_target(
    jobs: list[SeenJob], left: set[str]
) -> None:
    seen = things_of_rehearsals()
    assert {each.id for each in seen.unexplained(jobs, NOON, may_begin=False)} == left


def test_what_no_rehearsal_explains_is_told_with_all_that_is_known_of_it() -> None:
    left = list(things_of_rehearsals().unexplained([], NOON, may_begin=False))
    common: dict[str, Any] = {
        "name": "n",
        "region": TARGET_REGION,
        "stack": STACK,
        "disk_gib": 40,
        "hours": 2.0,
    }
    a_snapshot = common | {"kind": Kind.SNAPSHOT}
    by_name = "its name, which this program makes"
    assert left == [
        Leftover(id="m-1", kind=Kind.IMAGE, proof=by_name, **common),
        Leftover(id="s-image", proof=f"tag {REHEARSAL_TAG}", **a_snapshot),
        Leftover(id="s-i-1", proof=f"tag {BACKUP_TAG}", **a_snapshot),
        Leftover(id="s-i-2", proof=f"tag {BACKUP_TAG}", **a_snapshot),
    ]


def test_the_snapshots_of_another_stacks_rehearsals_are_not_taken_for_ours(
    migrator: Migrator,
) -> None:
    (disk,) = describe_disks(migrator.clients, TARGET_REGION, TARGET)
    for stack in (STACK, OTHER):
        create_snapshot(
            migrator.clients,
            TARGET_REGION,
            disk.disk_id,
            name=stack,
            tags=stack_tags(stack) | {BACKUP_TAG: TARGET},
            retention_days=1,
            client_token=stack,
        )
        # ECS makes one snapshot of a disk at a time.
        migrator.clock.sleep(HOUR)
    seen = rehearsed(migrator.clients, STACK, TARGET_REGION)
    assert [snapshot.name for snapshot in seen.snapshots] == [STACK]


def test_an_instance_is_left_with_all_that_is_known_of_it(migrator: Migrator) -> None:
    put_instance(migrator, "i-ours")
    put_instance(migrator, "i-theirs", tags={STACK_TAG: OTHER})
    put_instance(migrator, "i-named", tags={})
    put_instance(migrator, "i-ended", tags={})
    put_instance(migrator, "i-shop", name="shop")
    put_disk(migrator, "d-1", on="i-ours", name="", size_gib=40)
    put_disk(migrator, "d-2", on="i-ours", name="", size_gib=25)
    job_like(migrator, "j-done", status="Finished", transition_instance_id="i-ended")
    migrator.clock.sleep(2 * HOUR)
    left = {each.id: each for each in found(migrator).left}
    hours = left["i-ours"].hours
    assert hours == pytest.approx(2, abs=0.2)
    common: dict[str, Any] = {
        "kind": Kind.TRANSITION_INSTANCE,
        "name": TRANSITION_INSTANCE_NAME,
        "region": TARGET_REGION,
    }
    ours, theirs = left["i-ours"], left["i-theirs"]
    proof = f"tag {STACK_TAG}"
    assert ours == Leftover(
        id="i-ours", stack=STACK, disk_gib=65, proof=proof, hours=hours, **common
    )
    assert (theirs.stack, theirs.proof, theirs.disk_gib) == (OTHER, proof, 0)
    assert left["i-named"] == Leftover(id="i-named", hours=left["i-named"].hours, **common)
    assert left["i-ended"].proof == "named by job j-done"
    assert left["i-ended"].stack == ""
    assert set(left) == {"i-ours", "i-theirs", "i-named", "i-ended"}


def test_a_job_that_begins_hides_its_own_region_alone(migrator: Migrator) -> None:
    put_instance(migrator, "i-tokyo")
    put_instance(migrator, "i-beijing", region=BEIJING)
    job_like(migrator, "j-new", status="Running", region=BEIJING, transition_instance_id="")
    assert [each.id for each in found(migrator).left] == ["i-tokyo"]


@pytest.mark.parametrize(
    ("changes", "hides"),
    [
        ({}, True),
        ({"status": "Ready"}, False),
        ({"transition_instance_id": "i-other"}, False),
        ({"region": BEIJING}, False),
        # Its target takes the part of a transition instance.
        ({"target_type": "TargetInstance", "parameters": {"InstanceId": TARGET}}, False),
    ],
)
def test_only_a_job_that_may_own_an_instance_hides_it(
    migrator: Migrator, changes: dict[str, Any], hides: bool
) -> None:
    put_instance(migrator, "i-ours")
    values = {"status": "Running", "region": TARGET_REGION, "transition_instance_id": ""}
    job_like(migrator, "j-new", **(values | changes))
    assert [each.id for each in found(migrator).left] == ([] if hides else ["i-ours"])


@pytest.mark.parametrize("status", ["Running", "InError"])
def test_a_live_job_explains_its_instance_and_the_disks_of_its_target(
    migrator: Migrator, status: str
) -> None:
    put_instance(migrator, "i-ours")
    put_disk(migrator, "d-1")
    job_like(migrator, "j-1", status=status, transition_instance_id="i-ours")
    to_target = {"target_type": "TargetInstance", "parameters": {"InstanceId": TARGET}}
    job_like(migrator, "j-2", status=status, **to_target)
    made = found(migrator)
    assert made.left == []
    assert set(made.live) >= {"j-1", "j-2"}
    for id_ in ("j-1", "j-2"):
        job_like(migrator, id_, status="Finished", transition_instance_id="i-ours", **to_target)
    ended = found(migrator)
    assert {each.id for each in ended.left} == {"i-ours", "d-1"}
    assert not {"j-1", "j-2"} & set(ended.live)


def test_only_the_stacks_own_jobs_are_told_as_live(migrator: Migrator) -> None:
    job_like(migrator, "j-theirs", status="Ready", tags={STACK_TAG: OTHER})
    assert "j-theirs" not in found(migrator).live
    assert len(found(migrator).live) == 1


def test_a_temporary_disk_is_proven_by_its_tag_its_target_or_a_job_that_ended(
    migrator: Migrator,
) -> None:
    put_instance(migrator, "i-target2", name="files-2", tags={})
    put_disk(migrator, "d-named", size_gib=30)
    put_disk(migrator, "d-tagged", on="i-target2", tags=stack_tags(OTHER))
    put_disk(migrator, "d-of-job", on="i-target3")
    to_target = {"target_type": "TargetInstance", "parameters": {"InstanceId": "i-target3"}}
    job_like(migrator, "j-done", status="Finished", **to_target)
    put_disk(migrator, "d-nobodys", on="i-target4")
    nobodys = {"target_type": "TargetInstance", "parameters": {"InstanceId": "i-target4"}}
    job_like(migrator, "j-nobodys", status="Finished", tags={}, **nobodys)
    left = {each.id: each for each in found(migrator).left}
    assert {id_: (each.proof, each.stack) for id_, each in left.items()} == {
        "d-named": ("", ""),
        "d-tagged": (f"tag {STACK_TAG}", OTHER),
        "d-of-job": ("on i-target3, the target of job j-done", STACK),
        "d-nobodys": ("on i-target4, the target of job j-nobodys", ""),
    }
    assert (left["d-named"].kind, left["d-named"].disk_gib) == (Kind.TEMPORARY_DISK, 30)
    ours = {each.id: each for each in found(migrator, targets=[TARGET]).left}["d-named"]
    assert (ours.proof, ours.stack) == (f"on {TARGET}, a target of the stack", STACK)


def test_a_disk_that_is_on_no_instance_is_left_whatever_job_runs(migrator: Migrator) -> None:
    put_instance(migrator, "i-target2", name="files-2", tags={})
    put_disk(migrator, "d-1-used", on="i-target2")
    put_disk(migrator, "d-detached", on="", tags=stack_tags(STACK))
    job_like(migrator, "j-image", status="Running", transition_instance_id="i-other")
    to_target = {"target_type": "TargetInstance", "parameters": {"InstanceId": "i-target2"}}
    job_like(migrator, "j-target", status="Running", **to_target)
    assert "j-image" in found(migrator).live
    left = {each.id: (each.proof, each.stack) for each in found(migrator).left}
    assert left == {"d-detached": (f"tag {STACK_TAG}", STACK)}


@pytest.mark.parametrize(("seconds", "left"), [(-600, False), (600, True)])
def test_a_test_instance_is_left_when_no_test_is_so_long(
    migrator: Migrator, seconds: float, left: bool
) -> None:
    put_instance(migrator, "i-test", name="smoke", tags={**stack_tags(STACK), SMOKE_TEST_TAG: "x"})
    put_instance(migrator, "i-users", name="smoke", tags={SMOKE_TEST_TAG: "x"})
    migrator.clock.sleep(LONGEST_LIFE_SECONDS + seconds)
    made = found(migrator).left
    assert [each.id for each in made] == (["i-test"] if left else [])
    if left:
        assert (made[0].kind, made[0].proof) == (
            Kind.SMOKE_TEST_INSTANCE,
            f"tag {SMOKE_TEST_TAG}",
        )


def code(migrator: Migrator, name: str) -> str:
    return access_tokens.create_access_token(migrator.clients, name, 1, 1).access_token_id


def test_a_code_is_left_when_no_import_can_use_it_any_more(migrator: Migrator) -> None:
    code(migrator, "smc-migration-first")
    ours, other = code(migrator, access_token_name(STACK)), code(migrator, access_token_name(OTHER))
    code(migrator, "smc-migration-by-hand")
    assert found(migrator).left == []
    migrator.clock.sleep(2690)
    assert found(migrator).left == []
    migrator.clock.sleep(30)
    (left,) = found(migrator).left
    hours = left.hours
    assert hours == pytest.approx(2720 / HOUR, abs=0.05)
    assert left == Leftover(
        kind=Kind.ACTIVATION_CODE,
        id=ours,
        name=access_token_name(STACK),
        stack=STACK,
        hours=hours,
        proof="its name, which this program makes",
    )
    assert found(migrator, import_seconds=6000.0).left == []
    migrator.clock.sleep(24 * HOUR)
    assert {each.id: each.stack for each in found(migrator).left} == {ours: STACK, other: ""}


def test_a_code_without_a_date_is_not_taken_for_one_in_use(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = code(migrator, access_token_name(STACK))
    (row,) = migrator.cloud.world.table(AccessToken)
    assert row.access_token_id == ours
    listed = access_tokens.list_access_tokens(migrator.clients)
    undated = [replace(each, created=None) for each in listed]
    monkeypatch.setattr(access_tokens, "list_access_tokens", lambda *_: undated)
    (left,) = found(migrator).left
    assert (left.id, left.hours) == (ours, None)


def test_jobs_and_sources_of_gone_stacks_are_left_and_no_others(migrator: Migrator) -> None:
    (job,) = migrator.prepared("web-1").values()
    job_like(migrator, "j-theirs", tags={STACK_TAG: OTHER})
    proof = f"tag {STACK_TAG}"
    made = found(migrator, stack=OTHER, gone=[STACK]).left
    assert made == [
        Leftover(kind=Kind.REPLICATION_JOB, id=job.job_id, name="web-1", stack=STACK, proof=proof),
        Leftover(kind=Kind.SOURCE_SERVER, id=job.source_id, name="web-1", stack=STACK, proof=proof),
    ]


@pytest.mark.parametrize(
    ("proof", "caution", "acknowledged", "removable"),
    [
        ("tag", "", (), True),
        ("tag", "look", (), False),
        ("", "", (), False),
        ("", "", ("x",), True),
        ("tag", "look", ("x",), True),
        ("", "", ("y",), False),
    ],
)
def test_what_is_removable(
    proof: str, caution: str, acknowledged: tuple[str, ...], removable: bool
) -> None:
    left = Leftover(kind=Kind.SNAPSHOT, id="x", proof=proof, caution=caution)
    assert is_removable(left, acknowledged) is removable


def test_what_is_removed_is_told_and_nothing_else_goes(migrator: Migrator) -> None:
    put_instance(migrator, "i-ours")
    put_instance(migrator, "i-keep")
    put_disk(migrator, "d-1")
    put_disk(migrator, "d-keep")
    ours, kept = code(migrator, access_token_name(STACK)), code(migrator, access_token_name(OTHER))
    migrator.clock.sleep(HOUR)
    doomed = [each for each in found(migrator).left if each.id in {"i-ours", "d-1", ours}]
    assert len(doomed) == 3
    leftovers.remove(migrator.clients, doomed, PACE, migrator.context)
    told = [line for line in migrator.lines if line.startswith("removing ")]
    assert [line.split(",")[0] for line in told] == [
        "removing transition instance i-ours in ap-northeast-1",
        "removing temporary disk d-1 in ap-northeast-1",
        f"removing activation code {ours}",
    ]
    world = migrator.cloud.world
    assert {i.instance_id for i in world.table(Instance)} >= {"i-keep", TARGET}
    assert world.table(Instance).get("i-ours") is None
    assert world.table(Disk).get("d-1") is None
    assert world.table(Disk).get("d-keep")
    assert [token.access_token_id for token in world.table(AccessToken)] == [kept]
    # What is gone already is fine.
    leftovers.remove(migrator.clients, doomed, PACE, migrator.context)


def test_what_is_removed_is_asked_for_in_its_region_and_for_its_stack(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_instance(migrator, "i-ours")
    put_disk(migrator, "d-1", tags=stack_tags(STACK))
    doomed = list(found(migrator).left)
    calls: list[tuple[Any, ...]] = []
    for name in ("delete_instance", "release_temporary_disk"):
        monkeypatch.setattr(leftovers, name, lambda _, *rest: calls.append(rest))
    leftovers.remove(migrator.clients, doomed, PACE, migrator.context)
    instance, (region, disk, stack) = calls
    assert instance == (TARGET_REGION, "i-ours")
    assert (region, disk.disk_id, stack) == (TARGET_REGION, "d-1", STACK)


def test_jobs_and_sources_go_first_each_with_its_own_stack(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, str, dict[str, str]]] = []
    monkeypatch.setattr(
        leftovers,
        "delete_jobs",
        lambda _, stack, jobs, *__: calls.append(("jobs", stack, dict(jobs))),
    )
    monkeypatch.setattr(
        leftovers,
        "delete_sources",
        lambda _, stack, sources, *__: calls.append(("sources", stack, dict(sources))),
    )
    made = [
        Leftover(kind=Kind.SOURCE_SERVER, id="s-1", name="web-1", stack="b"),
        Leftover(kind=Kind.REPLICATION_JOB, id="j-1", name="job-1", stack="b"),
        Leftover(kind=Kind.REPLICATION_JOB, id="j-2", name="job-2", stack="a"),
        Leftover(kind=Kind.REPLICATION_JOB, id="j-3", name="job-3", stack="a"),
    ]
    leftovers.remove(migrator.clients, made, PACE, migrator.context)
    assert calls == [
        ("jobs", "a", {"j-2": "job-2", "j-3": "job-3"}),
        ("sources", "a", {}),
        ("jobs", "b", {"j-1": "job-1"}),
        ("sources", "b", {"s-1": "web-1"}),
    ]
