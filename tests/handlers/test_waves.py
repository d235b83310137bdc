"""Waves: pause and resume, bounded retries, schedules, starts, holds, quota, not waiting."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from typing import Any

import pytest

from emulator.world.world import Setting
from smc.api import replication_jobs as jobs_api
from smc.api.replication_jobs import describe_replication_jobs
from smc.clients import Clients
from smc.handlers import wave_run
from smc.handlers.wave_drive import Drive, result_of
from smc.models import JobRun
from smc.wave_plan import WaveJob
from tests.handlers.test_migration import plan_failure
from tests.support.migration import PACE, STACK, Migrator

UTC = "%Y-%m-%dT%H:%M:%SZ"


def with_changes(jobs: dict[str, WaveJob], **changes: Any) -> dict[str, WaveJob]:
    return {server: job.model_copy(update=changes) for server, job in jobs.items()}


def statuses(outputs: dict[str, Any]) -> dict[str, str]:
    return {server: result["status"] for server, result in outputs["results"].items()}


def ahead(migrator: Migrator, **delta: float) -> str:
    return (migrator.cloud.world.clock.now() + timedelta(**delta)).strftime(UTC)


def complete(migrator: Migrator, inputs: Any, outputs: dict[str, Any]) -> bool:
    return wave_run.is_complete(inputs, outputs, migrator.context)


def test_without_waiting_it_starts_and_the_next_run_records(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2")
    inputs = migrator.wave_inputs(jobs, wait=False)
    slept = migrator.clock.slept
    started = migrator.driven(inputs)
    assert started["failures"] == {}
    assert set(statuses(started).values()) <= {"Ready", "Running"}
    assert migrator.clock.slept - slept < 120
    assert not complete(migrator, inputs, started)
    migrator.cloud.world.clock.advance(4 * 3600)
    recorded = migrator.driven(inputs, started)
    assert set(statuses(recorded).values()) == {"Finished"}
    assert migrator.cloud.counts["smc:StartReplicationJob"] == 2
    assert complete(migrator, inputs, recorded)


def test_pause_keeps_what_was_transferred_and_resume_goes_on(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    first = migrator.wave_inputs(jobs, wait=False)
    outputs = migrator.driven(first)
    migrator.cloud.world.clock.advance(400)
    paused = migrator.wave_inputs(with_changes(jobs, paused=True))
    outputs = migrator.driven(paused, outputs)
    assert statuses(outputs) == {"web-1": "Stopped"}
    assert outputs["failures"] == {}
    assert complete(migrator, paused, outputs)
    (stopped,) = describe_replication_jobs(migrator.clients)
    assert stopped.progress > 0
    outputs = migrator.driven(migrator.wave_inputs(jobs), outputs)
    assert statuses(outputs) == {"web-1": "Finished"}
    (finished,) = describe_replication_jobs(migrator.clients)
    assert finished.job_id == stopped.job_id


def test_a_failing_job_is_started_as_often_as_allowed(migrator: Migrator) -> None:
    plan_failure(migrator, "i-source0web1")
    jobs = with_changes(migrator.prepared("web-1"), attempts=2)
    inputs = migrator.wave_inputs(jobs)
    outputs: dict[str, Any] = {}
    transition = set()
    for _ in range(4):
        outputs = migrator.driven(inputs, outputs)
        (job,) = describe_replication_jobs(migrator.clients)
        transition.add(job.transition_instance_id)
        if job.status == "InError":
            plan_failure(migrator, "i-source0web1")
    assert migrator.cloud.counts["smc:StartReplicationJob"] == 2
    assert outputs["results"]["web-1"]["starts"] == 2
    assert "all of its attempts" in outputs["failures"]["web-1"]
    assert len(transition) == 1


def test_a_scheduled_job_is_left_to_smc_and_recorded_later(migrator: Migrator) -> None:
    moment = ahead(migrator, hours=3)
    outputs = migrator.imported({"web-1": {"name": "web-1"}})
    source_id = outputs["sources"]["web-1"]["source_id"]
    job_id = migrator.job("web-1", source_id, start_at=moment)["job_id"]
    job = WaveJob(job_id=job_id, source_id=source_id, start=False, start_at=moment)
    inputs = migrator.wave_inputs({"web-1": job})
    held = migrator.driven(inputs)
    assert (statuses(held), held["failures"]) == ({"web-1": "Ready"}, {})
    assert complete(migrator, inputs, held)
    migrator.cloud.world.clock.advance(3 * 3600 + 60)
    assert not complete(migrator, inputs, held)
    done = migrator.driven(inputs, held)
    assert statuses(done) == {"web-1": "Finished"}
    assert "smc:StartReplicationJob" not in migrator.cloud.counts


def test_a_wave_starts_at_its_time(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    moment = ahead(migrator, hours=2)
    inputs = migrator.wave_inputs(jobs, start_at=moment)
    outputs = migrator.driven(inputs)
    assert statuses(outputs) == {"web-1": "Finished"}
    assert outputs["results"]["web-1"]["started"] >= moment
    assert any(line.startswith(f"starts at {moment}") for line in migrator.lines)


def test_a_wave_that_is_not_waited_for_does_not_start_early(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    inputs = migrator.wave_inputs(jobs, start_at=ahead(migrator, hours=2), wait=False)
    outputs = migrator.driven(inputs)
    assert statuses(outputs) == {"web-1": "Ready"}
    assert not complete(migrator, inputs, outputs)


def synchronized(migrator: Migrator, **changes: Any) -> WaveJob:
    outputs = migrator.imported({"web-1": {"name": "web-1"}})
    source_id = outputs["sources"]["web-1"]["source_id"]
    job_id = migrator.job("web-1", source_id, every_hours=6, keep_images=2)["job_id"]
    return WaveJob(job_id=job_id, source_id=source_id, **changes)


def test_a_result_keeps_the_latest_runs_of_a_long_synchronization(migrator: Migrator) -> None:
    job = synchronized(migrator)
    (seen,) = describe_replication_jobs(migrator.clients)
    hours = range(90 * 24)
    runs = [
        JobRun(kind="Schedule", started=f"t{hour:04}", ended=f"t{hour:04}", image_id="")
        for hour in hours
    ]
    kept = result_of(job, replace(seen, runs=tuple(reversed(runs))), starts=1)["runs"]
    assert [run["started"] for run in kept] == [run.started for run in runs[-len(kept) :]]
    assert 1 < len(kept) <= 50


def test_a_synchronized_server_is_as_wanted_between_two_runs(migrator: Migrator) -> None:
    inputs = migrator.wave_inputs({"web-1": synchronized(migrator)})
    outputs = migrator.driven(inputs)
    assert (statuses(outputs), outputs["failures"]) == ({"web-1": "Waiting"}, {})
    assert complete(migrator, inputs, outputs)
    migrator.cloud.world.clock.advance(3 * 6 * 3600 + 3600)
    refreshed = wave_run.refresh(inputs, outputs, migrator.context)
    assert len(refreshed["results"]["web-1"]["runs"]) >= 3


@pytest.mark.parametrize(("cutover", "more_runs"), [("now", 0), ("finalSync", 1)])
def test_cut_over(migrator: Migrator, cutover: str, more_runs: int) -> None:
    job = synchronized(migrator)
    outputs = migrator.driven(migrator.wave_inputs({"web-1": job}))
    runs = len(outputs["results"]["web-1"]["runs"])
    cut = migrator.wave_inputs({"web-1": job.model_copy(update={"cutover": cutover})})
    assert not complete(migrator, cut, outputs)
    done = migrator.driven(cut, outputs)
    assert (statuses(done), done["failures"]) == ({"web-1": "Finished"}, {})
    assert len(done["results"]["web-1"]["runs"]) == runs + more_runs
    assert migrator.cloud.counts["smc:CutOverReplicationJob"] == 1
    assert complete(migrator, cut, done)


def test_a_held_wave_starts_nothing_and_says_why(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    held = migrator.driven(migrator.wave_inputs(jobs, held_by=["front"]))
    assert "wave front are not migrated" in held["failures"]["web-1"]
    assert "smc:StartReplicationJob" not in migrator.cloud.counts
    released = migrator.driven(migrator.wave_inputs(jobs), held)
    assert (statuses(released), released["failures"]) == ({"web-1": "Finished"}, {})


def test_a_blocked_server_does_not_hold_the_others(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2")
    inputs = migrator.wave_inputs(jobs, blocked={"web-1": "the drill found 1 critical item"})
    outputs = migrator.driven(inputs)
    assert statuses(outputs) == {"web-1": "Ready", "web-2": "Finished"}
    assert outputs["failures"] == {"web-1": "the drill found 1 critical item"}


def test_the_longest_start_first_within_the_account_quota(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2", "app-1", "db-1", "files-1")
    running: list[int] = []

    def note_running(_: str) -> None:
        listed = describe_replication_jobs(migrator.clients)
        running.append(sum(job.status == "Running" for job in listed))

    object.__setattr__(migrator.context, "progress", note_running)
    outputs = migrator.driven(migrator.wave_inputs(jobs, running_quota=2))
    assert set(statuses(outputs).values()) == {"Finished"}
    assert max(running) == 2
    sizes = {
        job.job_id: sum(job.disk_sizes_gib) for job in describe_replication_jobs(migrator.clients)
    }
    started = sorted(outputs["results"].values(), key=lambda result: result["started"])
    first = {sizes[result["job_id"]] for result in started[:2]}
    assert min(first) >= max(sizes[result["job_id"]] for result in started[2:])


def test_jobs_of_others_count_for_the_quota(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2")
    theirs = {"web-1": jobs["web-1"]}
    migrator.driven(migrator.wave_inputs(theirs, wait=False))
    ours = migrator.wave_inputs({"web-2": jobs["web-2"]}, running_quota=1)
    outputs = migrator.driven(ours)
    assert statuses(outputs) == {"web-2": "Finished"}
    one, two = describe_replication_jobs(migrator.clients)
    first, second = (one, two) if one.job_id == jobs["web-1"].job_id else (two, one)
    assert second.start_time >= first.end_time


def test_waves_at_the_same_time_do_not_count_the_same_room(
    migrator: Migrator, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = migrator.prepared("web-1", "web-2")
    count, both_have_counted = jobs_api.count_running_jobs, Barrier(2)

    def count_together(clients: Clients) -> int:
        running = count(clients)
        with suppress(BrokenBarrierError):
            both_have_counted.wait(0.5)
        return running

    monkeypatch.setattr(jobs_api, "count_running_jobs", count_together)
    drives = [
        Drive(migrator.clients, STACK, {s: job}, {}, quota=1, wait=True, earlier={})
        for s, job in jobs.items()
    ]
    with ThreadPoolExecutor(2) as threads:
        assert len(list(threads.map(lambda drive: drive.round(may_start=True), drives))) == 2
    listed = describe_replication_jobs(migrator.clients)
    assert sorted(job.status for job in listed) == ["Ready", "Running"]


def test_a_smaller_quota_of_smc_is_not_run_against_by_every_job(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1", "web-2", "app-1", "files-1")
    with migrator.cloud.world.transaction():
        setting = Setting(name="smc.running_jobs_quota", value=1.0)
        migrator.cloud.world.table(Setting).put(setting)
    outputs = migrator.driven(migrator.wave_inputs(jobs, running_quota=50))
    assert outputs["failures"] == {}
    assert set(statuses(outputs).values()) == {"Finished"}
    # Each round ends with the first refusal.
    refused = migrator.cloud.counts["smc:StartReplicationJob"] - len(jobs)
    assert 0 < refused <= len(migrator.lines)


def test_results_say_when_each_server_was_queued_and_what_its_job_did_when(
    migrator: Migrator,
) -> None:
    jobs = migrator.prepared("web-1", "app-1")
    # Its shortest activity takes a minute: whoever looks less often may miss it.
    often = replace(PACE, longest_seconds=20.0)
    inputs = migrator.wave_inputs(jobs, running_quota=1, pace=often)
    results = migrator.driven(inputs)["results"]
    # The longest goes first; the other one waits for the quota.
    assert results["web-1"]["queued"] == results["app-1"]["queued"]
    assert results["app-1"]["ended"] <= results["web-1"]["started"]
    for result in results.values():
        phases = result["phases"]
        assert list(phases) == ["Preparing", "Syncing", "Processing", "Cleaning"]
        times = [result["queued"], result["started"], *phases.values(), result["ended"]]
        assert times == sorted(times)


def test_what_was_seen_is_kept_by_refresh_and_by_later_drives(migrator: Migrator) -> None:
    plan_failure(migrator, "i-source0web1")
    inputs = migrator.wave_inputs(migrator.prepared("web-1"))
    failed = migrator.driven(inputs)
    seen = {key: failed["results"]["web-1"][key] for key in ("queued", "phases")}
    assert list(seen["phases"]) == ["Preparing", "Syncing"]
    refreshed = wave_run.refresh(inputs, failed, migrator.context)
    assert refreshed["results"]["web-1"] | seen == refreshed["results"]["web-1"]
    done = migrator.driven(inputs, refreshed)["results"]["web-1"]
    assert done["queued"] == seen["queued"]
    assert dict(list(done["phases"].items())[:2]) == seen["phases"]
    assert len(failed["results"]["web-1"]["phases"]) == 2, "what is recorded is not changed"
