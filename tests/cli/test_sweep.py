"""What is found, what is proven, what is removed, and above all what is not."""

import json
from dataclasses import replace
from typing import Any

import pytest

from cli.sweep import Sweep, cost
from emulator.ecs.tables import Disk, Image, Instance, Snapshot
from emulator.smc.tables import ReplicationJob
from smc.api.access_tokens import create_access_token, list_access_tokens
from smc.api.instances import describe_instances
from smc.api.replication_jobs import describe_replication_jobs, start_replication_job
from smc.api.source_servers import describe_source_servers
from smc.certificate import Certificate, Kind, Leftover
from smc.handlers import rehearsal_leftovers
from smc.ownership import (
    BACKUP_TAG,
    REHEARSAL_TAG,
    SMOKE_TEST_TAG,
    access_token_name,
    rehearsal_image_name,
    stack_tags,
)
from smc.settings import load_settings
from smc.settings.prices import Prices
from tests.cli.conftest import Run
from tests.support.migration import STACK, TARGET_REGION, Migrator

TRANSITION = "No_Delete_SMC_Transition_Instance"
HOUR = 3600


def put_instance(migrator: Migrator, id_: str, name: str = TRANSITION, **tags: str) -> None:
    """An instance with a disk of 60 GiB."""
    world = migrator.cloud.world
    like = world.table(Instance).get("i-target0files")
    assert like is not None
    world.table(Instance).put(replace(like, instance_id=id_, name=name, tags=tags))
    put_disk(migrator, f"d-{id_}", id_, name="")


def put_disk(migrator: Migrator, id_: str, on: str, name: str = "SMC_Temp_Disk") -> None:
    disks = migrator.cloud.world.table(Disk)
    (like,) = disks.find(instance_id="i-target0files", type="system")
    disks.put(replace(like, disk_id=id_, instance_id=on, name=name, type="data", used_gib=0.0))


def swept(run: Run, *arguments: str) -> dict[str, Any]:
    done = run("sweep", "--json", *arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.exit_code == (0 if found["clean"] else 1)
    return found


def let_time_pass(migrator: Migrator) -> None:
    """Detaching a disk takes a minute of the emulator: from now on that is no time of ours."""
    migrator.cloud.world.clock.speed = 3600.0


def ids(found: dict[str, Any], key: str = "left") -> set[str]:
    return {each["id"] for each in found[key]}


def instances(migrator: Migrator) -> set[str]:
    return {i.instance_id for i in describe_instances(migrator.clients, TARGET_REGION)}


def test_an_account_in_order_is_clean(run: Run, migrator: Migrator) -> None:
    assert swept(run)["left"] == swept(run, "--yes")["released"] == []
    assert "Nothing is left that no live job explains." in run("sweep").stdout


def test_what_a_live_job_explains_is_no_leftover(run: Run, migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    source_id = migrator.imported({"files-1": {"name": "files-1"}})["sources"]["files-1"]
    target = {"image_name": "", "instance_id": "i-target0files"}
    replaced = migrator.job("files-1", source_id["source_id"], **target)["job_id"]
    for job_id in (jobs["web-1"].job_id, replaced):
        start_replication_job(migrator.clients, job_id)
    migrator.clock.sleep(400)
    running = instances(migrator)
    assert len(running) == 2
    assert swept(run, "--yes")["clean"]
    text = run("certificate").stdout
    assert "live      2 jobs of the stack: j-" in text
    assert text.splitlines()[-2] == "  Nothing is left but what live jobs use."
    assert instances(migrator) == running
    assert "SMC_Temp_Disk" in {d.name for d in migrator.cloud.world.table(Disk)}


def test_ours_are_removed_after_a_question_with_hours_and_cost(
    run: Run, migrator: Migrator, settings: dict[str, Any]
) -> None:
    settings["prices"] = {"currency": "CNY", "transitionInstanceHour": 0.5, "diskGibHour": 0.001}
    put_instance(migrator, "i-ours", **stack_tags(STACK))
    migrator.clock.sleep(10 * HOUR)
    before = swept(run)
    (left,) = before["left"]
    assert (left["id"], left["stack"], left["disk_gib"]) == ("i-ours", STACK, 60)
    hours = left["hours"]
    assert hours >= 10
    assert before["cost"]["currency"] == "CNY"
    assert before["cost"]["by_id"]["i-ours"] == pytest.approx(hours * (0.5 + 60 * 0.001), abs=0.01)
    assert "i-ours" in instances(migrator)
    declined = run("sweep", "--remove", answer="n\n")
    assert declined.exit_code == 1
    assert "i-ours in ap-northeast-1: 10." in declined.stdout
    assert "CNY so far; removable: tag smc-migration-stack" in declined.stdout
    assert "i-ours" in instances(migrator)
    accepted = run("sweep", "--remove", answer="y\n")
    assert accepted.exit_code == 0
    assert "released  transition instance i-ours in ap-northeast-1" in accepted.stdout
    assert instances(migrator) == {"i-target0files"}


def test_without_prices_no_cost_is_invented(run: Run, migrator: Migrator) -> None:
    put_instance(migrator, "i-ours", **stack_tags(STACK))
    assert swept(run)["cost"] is None
    assert "no prices in the settings" in run("sweep").stdout


def test_a_name_alone_is_no_proof(run: Run, migrator: Migrator) -> None:
    put_instance(migrator, "i-named")
    put_disk(migrator, "d-named", "i-named")
    let_time_pass(migrator)
    left = swept(run, "--yes")
    assert ids(left) == {"i-named", "d-named"}
    assert {each["proof"] for each in left["left"]} == {""}
    assert ids(swept(run, "--yes", "--acknowledge", "d-named")) == {"i-named"}
    assert ids(swept(run, "--yes", "--acknowledge", "i-named"), "released") == {"i-named"}


def test_other_regions_are_looked_at_on_request(run: Run, migrator: Migrator) -> None:
    put_instance(migrator, "i-far", **stack_tags(STACK))
    rows = migrator.cloud.world.table(Instance)
    far = rows.get("i-far")
    assert far is not None
    rows.put(replace(far, region="cn-beijing"))
    assert swept(run)["clean"]
    assert ids(swept(run, "--region", "cn-beijing")) == {"i-far"}
    assert run("certificate", "--region", "cn-beijing").exit_code == 1


def test_an_instance_with_another_name_is_never_touched(run: Run, migrator: Migrator) -> None:
    put_instance(migrator, "i-users", name="web-1", **stack_tags(STACK))
    assert swept(run, "--yes", "--acknowledge", "i-users")["clean"]
    assert "i-users" in instances(migrator)


def test_a_job_that_has_ended_names_what_smc_left(
    run: Run, migrator: Migrator, settings: dict[str, Any]
) -> None:
    job = migrator.prepared("web-1")["web-1"]
    migrator.driven(migrator.wave_inputs({"web-1": job}))
    (finished,) = describe_replication_jobs(migrator.clients)
    assert finished.transition_instance_id
    put_instance(migrator, finished.transition_instance_id)
    put_disk(migrator, "d-left", "i-target0files")
    left = {each["id"]: each["proof"] for each in swept(run)["left"]}
    assert left[finished.transition_instance_id] == f"named by job {finished.job_id}"
    assert left["d-left"] == ""
    target = {"instance": "i-target0files", "acknowledge": "i-target0files"}
    settings["servers"]["app-1"]["target"] = target
    let_time_pass(migrator)
    assert ids(swept(run, "--yes"), "released") == {finished.transition_instance_id, "d-left"}


def test_codes_are_revoked_when_no_import_can_use_them(run: Run, migrator: Migrator) -> None:
    clients = migrator.clients
    create_access_token(clients, access_token_name(STACK), 1, 1)
    other = access_token_name("organization/test/other")
    create_access_token(clients, other, 1, 1)
    create_access_token(clients, "smc-migration-of-somebody", 1, 1)
    assert swept(run, "--yes")["clean"]
    migrator.clock.sleep(HOUR)
    assert {each["kind"] for each in swept(run)["left"]} == {"activation code"}
    assert swept(run, "--yes")["clean"]
    left = {token.name for token in list_access_tokens(clients)}
    assert left == {other, "smc-migration-of-somebody"}
    migrator.clock.sleep(24 * HOUR)
    assert swept(run, "--yes")["released"][0]["name"] == other
    assert [t.name for t in list_access_tokens(clients)] == ["smc-migration-of-somebody"]


def test_what_a_job_uses_meanwhile_is_not_removed(
    settings: dict[str, Any], migrator: Migrator
) -> None:
    job = migrator.prepared("web-1")["web-1"]
    sweeper = Sweep(load_settings(settings), STACK)
    put_instance(migrator, "i-ours", **stack_tags(STACK))
    listed = sweeper.look().left
    assert [each.id for each in listed] == ["i-ours"]
    start_replication_job(migrator.clients, job.job_id)
    migrator.clock.sleep(400)
    jobs = migrator.cloud.world.table(ReplicationJob)
    running = jobs.get(job.job_id)
    assert running is not None
    jobs.put(replace(running, transition_instance_id="i-ours"))
    assert sweeper.remove(listed, migrator.context).released == []
    assert "i-ours" in instances(migrator)


def test_a_job_that_begins_may_own_any_transition_instance(run: Run, migrator: Migrator) -> None:
    job = migrator.prepared("web-1")["web-1"]
    put_instance(migrator, "i-whose", **stack_tags(STACK))
    assert ids(swept(run)) == {"i-whose"}
    start_replication_job(migrator.clients, job.job_id)
    jobs = migrator.cloud.world.table(ReplicationJob)
    begun = jobs.get(job.job_id)
    assert begun is not None
    # The API names the instance a moment after it is there.
    jobs.put(replace(begun, transition_instance_id=""))
    assert swept(run, "--yes")["clean"]
    assert "i-whose" in instances(migrator)


def put_image(migrator: Migrator, stack: str = STACK) -> str:
    """The throwaway image of a rehearsal, made from a snapshot of 40 GiB."""
    images, snapshots = migrator.cloud.world.table(Image), migrator.cloud.world.table(Snapshot)
    account, now = migrator.connection.account, migrator.cloud.world.now
    snapshots.put(
        Snapshot(
            snapshot_id="s-of-image",
            account_id=account,
            region=TARGET_REGION,
            name="",
            disk_id="d-1",
            disk_type="system",
            size_gib=40,
            used_gib=9.0,
            category="user",
            created=now,
            completes=now,
            origin="image",
        )
    )
    name = rehearsal_image_name(stack, "web-1")
    images.put(
        Image(
            image_id="m-thrown",
            account_id=account,
            region=TARGET_REGION,
            name=name,
            os_type="linux",
            os_name="Debian 12 64 bit",
            disk_sizes_gib=[40],
            created=now,
            origin="smc",
            snapshot_ids=["s-of-image"],
        )
    )
    return name


def test_what_a_rehearsal_left_is_removed_but_for_the_way_back(
    run: Run, migrator: Migrator, settings: dict[str, Any]
) -> None:
    prices = {"transitionInstanceHour": 0.5, "diskGibHour": 0.001, "snapshotGibMonth": 0.1}
    settings["prices"] = {"currency": "CNY", **prices}
    name = put_image(migrator)
    for kind, tags in {
        "s-image": {REHEARSAL_TAG: "image"},
        "s-backup": {BACKUP_TAG: "i-target0files"},
        "s-users": {},
    }.items():
        snapshots = migrator.cloud.world.table(Snapshot)
        like = snapshots.get("s-of-image")
        assert like is not None
        snapshots.put(replace(like, snapshot_id=kind, tags={**stack_tags(STACK), **tags}))
    migrator.clock.sleep(730 * HOUR)
    found = swept(run)
    left = {each["id"]: each for each in found["left"]}
    assert set(left) == {"m-thrown", "s-image", "s-backup"}
    assert (left["m-thrown"]["name"], left["m-thrown"]["kind"]) == (name, "throwaway image")
    assert found["cost"]["by_id"]["m-thrown"] == pytest.approx(4.0, abs=0.1)
    text = run("sweep").stdout
    assert "not removed unasked: it may be the only way back to i-target0files" in text
    cleaned = swept(run, "--yes")
    assert ids(cleaned, "released") == {"m-thrown", "s-image"}
    assert ids(cleaned) == {"s-backup"}
    rest = {snapshot.snapshot_id for snapshot in migrator.cloud.world.table(Snapshot)}
    assert rest > {"s-backup", "s-users"}
    assert rest & {"s-image", "s-of-image"} == set()
    assert ids(swept(run, "--yes", "--acknowledge", "s-backup"), "released") == {"s-backup"}


def test_a_snapshot_is_removed_in_its_own_region(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[tuple[str, str]] = []
    monkeypatch.setattr(
        rehearsal_leftovers, "delete_snapshot", lambda _, *where: removed.append(where)
    )
    found = Leftover(kind=Kind.SNAPSHOT, id="s-1", region="cn-beijing", stack=STACK)
    rehearsal_leftovers.remove_rehearsed(migrator.clients, found)
    assert removed == [("cn-beijing", "s-1")]


def test_a_rehearsal_that_runs_explains_what_it_has(run: Run, migrator: Migrator) -> None:
    (source,) = migrator.imported({"web-1": {"name": "web-1"}})["sources"].values()
    put_image(migrator)
    assert ids(swept(run)) == {"m-thrown"}
    migrator.job("web-1", source["source_id"], tags={REHEARSAL_TAG: "job"})
    assert swept(run, "--yes")["clean"]


def test_other_stacks_rehearse_undisturbed(run: Run, migrator: Migrator) -> None:
    put_image(migrator, stack="organization/test/other")
    assert swept(run, "--yes")["clean"]
    assert ids(swept(run, "--gone", "other")) == {"m-thrown"}


def test_jobs_and_sources_of_a_stack_that_is_gone(run: Run, migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    start_replication_job(migrator.clients, jobs["web-1"].job_id)
    migrator.clock.sleep(400)
    assert swept(run, "--yes", "--gone", "other")["clean"]
    left = swept(run, "--gone", "dev")
    assert {each["kind"] for each in left["left"]} == {"replication job", "source server"}


def test_a_stack_that_is_gone_is_cleaned(migrator: Migrator) -> None:
    from smc.handlers.leftovers import Scope, look, remove
    from tests.support.migration import PACE

    jobs = migrator.prepared("web-1")
    start_replication_job(migrator.clients, jobs["web-1"].job_id)
    migrator.clock.sleep(400)
    scope = Scope(stack="organization/test/other", regions=[TARGET_REGION], gone=[STACK])
    remove(migrator.clients, look(migrator.clients, scope).left, PACE, migrator.context)
    assert describe_replication_jobs(migrator.clients) == []
    assert describe_source_servers(migrator.clients) == []
    assert look(migrator.clients, scope).is_clean


def test_a_certificate_at_any_time(run: Run, migrator: Migrator) -> None:
    done = run("certificate", "--json")
    assert done.exit_code == 0
    members = json.loads(done.stdout)
    meaning = members.pop("meaning")
    assert "other regions" in meaning
    assert members.pop("cost") is None
    assert members.pop("clean")
    made = Certificate.model_validate(members)
    assert (made.stack, made.account, made.emulated) == (STACK, "2000000000000002", True)
    assert [check.what for check in made.checked] == [
        "replication jobs",
        "ECS instances",
        "disks named SMC_Temp_Disk",
        "activation codes",
        "images and snapshots of rehearsals",
    ]
    put_instance(migrator, "i-ours", **stack_tags(STACK))
    text = run("certificate")
    assert text.exit_code == 1
    assert "left      transition instance i-ours in ap-northeast-1, billed for" in text.stdout
    assert "account 2000000000000002 of the local emulator" in text.stdout


def test_the_guard_of_a_destroy_writes_its_certificate(migrator: Migrator) -> None:
    from smc.handlers import cleanup_guard

    put_instance(migrator, "i-ours", **stack_tags(STACK))
    lines = cleanup_guard.delete(migrator.guard_inputs(), migrator.context)
    (line,) = [each for each in lines if each.startswith("certificate: ")]
    members = json.loads(line.removeprefix("certificate: "))
    assert members.pop("clean")
    made = Certificate.model_validate(members)
    assert [each.id for each in made.released] == ["i-ours"]
    assert made.stack == STACK


def test_a_test_instance_is_left_over_when_it_is_older_than_any_test(
    run: Run, migrator: Migrator
) -> None:
    tags = stack_tags(STACK) | {SMOKE_TEST_TAG: "instance"}
    put_instance(migrator, "i-test", name="smoke-test-web-1", **tags)
    rows = migrator.cloud.world.table(Instance)
    planted = rows.get("i-test")
    assert planted is not None
    rows.put(replace(planted, created=migrator.cloud.world.now))
    assert swept(run, "--yes")["clean"]
    migrator.clock.sleep(2 * HOUR)
    left = swept(run)
    assert [each["kind"] for each in left["left"]] == ["smoke test instance"]
    assert ids(swept(run, "--yes"), "released") == {"i-test"}
    assert instances(migrator) == {"i-target0files"}


@pytest.mark.parametrize(
    ("kind", "per_hour"),
    [
        (Kind.TRANSITION_INSTANCE, 0.5 + 60 * 0.001),
        (Kind.TEMPORARY_DISK, 60 * 0.001),
        (Kind.IMAGE, 60 * 0.73 / 730),
        (Kind.SNAPSHOT, 60 * 0.73 / 730),
        (Kind.SMOKE_TEST_INSTANCE, None),
        (Kind.ACTIVATION_CODE, None),
    ],
)
def test_what_each_kind_has_cost(kind: Kind, per_hour: float | None) -> None:
    prices = Prices(
        currency="CNY", transition_instance_hour=0.5, disk_gib_hour=0.001, snapshot_gib_month=0.73
    )
    left = Leftover(kind=kind, id="x", disk_gib=60, hours=10)
    assert cost(left, prices) == (None if per_hour is None else pytest.approx(10 * per_hour))
    assert cost(left, None) is None
