"""`watch` and `status` on real jobs: what they say, what they call, how they end."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cli.policy import policy_documents
from cli.watch.follow import exit_code, follow
from cli.watch.lines import PlainLines
from cli.watch.schema import TARGET, encoded
from emulator.http.faults import Fault
from emulator.smc.tables import ReplicationJob, SourceServer
from smc.api.replication_jobs import describe_replication_jobs, start_replication_job
from smc.catalogue import JOB, find
from smc.errors import ApiError
from smc.fleet_plan import fleet_plan
from smc.fleet_status import FleetStatus, Stage, WaveStatus
from smc.handlers.fleet_look import FleetLook
from smc.ownership import RUN_TAG, SERVER_TAG, stack_tags
from smc.policies import document
from smc.settings import load_settings
from tests.cli.conftest import Run
from tests.handlers.test_migration import plan_failure
from tests.support.cloud import Cloud
from tests.support.exact_users import actions_of, log_in_with
from tests.support.migration import STACK, Migrator
from tests.support.project import ROOT

HOUR = 3600.0
SYNCING = 400.0
"""Seconds after its start at which the demo's smallest server is synchronizing."""


def tagged_job(migrator: Migrator, server: str, source_id: str, **changes: Any) -> str:
    return str(migrator.job(server, source_id, **changes)["job_id"])


@pytest.fixture
def jobs(migrator: Migrator, settings: dict[str, Any]) -> dict[str, str]:
    """Jobs of web-1, app-1 and web-2, not started; their settings."""
    settings["servers"]["web-2"] = {"select": {"name": "web-2"}, "target": {"image": "web-2-image"}}
    return {name: job.job_id for name, job in migrator.prepared("web-1", "app-1", "web-2").items()}


def start(migrator: Migrator, *job_ids: str) -> None:
    for job_id in job_ids:
        start_replication_job(migrator.clients, job_id)


def told(run: Run, code: int, *arguments: str) -> dict[str, Any]:
    done = run("status", "--json", *arguments)
    assert done.exit_code == code, (done.output, done.exception)
    document: dict[str, Any] = json.loads(done.stdout)
    Draft202012Validator(json.loads(TARGET.read_text())).validate(document)
    return document


def by_name(found: dict[str, Any]) -> dict[str, Any]:
    return {s["server"]: s for wave in found["waves"] for s in wave["servers"]}


def look(settings: dict[str, Any], migrator: Migrator) -> FleetLook:
    return FleetLook(migrator.clients, fleet_plan(load_settings(settings), STACK))


def test_the_schema_that_is_checked_in_is_up_to_date() -> None:
    Draft202012Validator.check_schema(json.loads(encoded()))
    assert TARGET.read_text() == encoded(), "run `python -m cli schema`"
    described = json.loads(encoded())["$defs"].values()
    assert all(definition.get("description") for definition in described)


@contextmanager
def calls_of(cloud: Cloud) -> Iterator[dict[str, int]]:
    """The calls made in the block, by action."""
    before = dict(cloud.counts)
    made: dict[str, int] = {}
    yield made
    made |= {a: n - before.get(a, 0) for a, n in cloud.counts.items() if n > before.get(a, 0)}


def test_a_status_says_where_each_server_is(
    run: Run, migrator: Migrator, jobs: dict[str, str]
) -> None:
    plan_failure(migrator, "i-source0app1")
    start(migrator, jobs["web-1"], jobs["app-1"])
    migrator.clock.sleep(SYNCING)
    found = told(run, 3)
    assert found["emulated"] is True
    assert found["stack"] == STACK
    assert found["counts"] == {"pending": 1, "running": 2, "done": 0, "held": 0, "failed": 0}
    assert found["quota"] == {"running": 2, "limit": 50}
    web = by_name(found)["web-1"]
    assert (web["status"], web["activity"], web["disk_gib"]) == ("Running", "Syncing", 40)
    assert 5 < web["progress_percent"] < 85
    assert web["bytes_per_second"] > 0
    assert web["seconds_left"] > 0
    assert web["cost"] is None
    assert by_name(found)["web-2"]["stage"] == "pending"

    migrator.clock.sleep(4 * HOUR)
    found = told(run, 1)
    assert found["counts"] == {"pending": 1, "running": 0, "done": 1, "held": 0, "failed": 1}
    assert by_name(found)["web-1"]["image_id"].startswith("m-")
    trouble = by_name(found)["app-1"]["trouble"]
    entry = find(JOB, "S1")
    assert entry
    assert (trouble["code"], trouble["says"], trouble["more"]) == ("S1", "Rsync not found.", "")
    assert (trouble["cause"], trouble["fix"]) == (entry.cause, entry.fix)
    assert "app-1: InError at 40 %. S1: Rsync not found. Likely cause" in run("status").stdout


def test_cost_so_far_is_that_of_transition_instances_by_the_hour(
    run: Run, migrator: Migrator, jobs: dict[str, str], settings: dict[str, Any]
) -> None:
    settings["prices"] = {
        "currency": "CNY",
        "transitionInstanceHour": 0.5,
        "diskGibHour": 0.001,
    }
    plan_failure(migrator, "i-source0web1")
    start(migrator, jobs["web-1"])
    migrator.clock.sleep(10 * HOUR)
    found = told(run, 1)
    # In error since its first hour, it is billed until its job is deleted.
    assert by_name(found)["web-1"]["cost"] == pytest.approx(10 * (0.5 + 40 * 0.001), abs=0.001)
    assert (found["currency"], found["cost"]) == ("CNY", pytest.approx(5.4, abs=0.001))
    assert "5.40 CNY so far" in run("status").stdout


@pytest.mark.parametrize("unreadable", ["yesterday", "2026-11-01T10:00:00"])
def test_a_time_that_cannot_be_read_is_no_cost_and_no_error(
    migrator: Migrator, jobs: dict[str, str], settings: dict[str, Any], unreadable: str
) -> None:
    settings["prices"] = {"currency": "CNY", "transitionInstanceHour": 1, "diskGibHour": 1}
    start(migrator, jobs["web-1"])
    (job,) = describe_replication_jobs(migrator.clients, [jobs["web-1"]])
    plan = fleet_plan(load_settings(settings), STACK)
    looking = look(settings, migrator)
    assert looking._cost(job, plan.servers["web-1"]) is not None
    assert looking._cost(replace(job, start_time=unreadable), plan.servers["web-1"]) is None


def test_who_may_only_describe_sees_the_same_and_nothing_else_is_called(
    run: Run,
    migrator: Migrator,
    jobs: dict[str, str],
    cloud: Cloud,
    settings: dict[str, Any],
) -> None:
    start(migrator, jobs["web-1"])
    migrator.clock.sleep(SYNCING)
    before = told(run, 3)
    policy = policy_documents(load_settings(settings))["destination"]["watcher"]
    log_in_with(cloud, "destination", document(*policy["Statement"]), "watcher")
    with calls_of(cloud) as made:
        after = told(run, 3)
    assert set(made) == {*actions_of(policy), "sts:GetCallerIdentity"}
    assert all(":Describe" in action for action in actions_of(policy))
    for found in (before, after):
        # Told from the time of the look.
        assert by_name(found)["web-1"].pop("bytes_per_second") > 0
        assert by_name(found)["web-1"].pop("seconds_left") > 0
    assert after["waves"] == before["waves"]


def test_all_jobs_of_an_account_are_seen_without_a_stack(
    run: Run, migrator: Migrator, jobs: dict[str, str], cloud: Cloud
) -> None:
    source_id = migrator.imported({"files-1": {"name": "files-1"}})["sources"]["files-1"]
    foreign = tagged_job(migrator, "files-1", source_id["source_id"])
    row = cloud.world.table(ReplicationJob).get(foreign)
    assert row
    cloud.world.table(ReplicationJob).put(replace(row, tags={}, name="by-hand"))
    start(migrator, jobs["web-1"], foreign)
    options = [
        *("--account", "--profile", "destination"),
        *("--credentials-file", str(cloud.credentials_file)),
        *("--emulator", str(cloud.address_file)),
    ]
    found = told(run, 3, *options)
    waves = {wave["wave"]: wave for wave in found["waves"]}
    assert {s["server"]: s["stage"] for s in waves[STACK]["servers"]} == {
        "web-1": "running",
        "app-1": "held",
        "web-2": "held",
    }
    assert [s["server"] for s in waves["jobs of no stack"]["servers"]] == ["by-hand"]
    assert found["account"] == "2000000000000002"
    misused = run("status", "--profile", "destination")
    assert misused.exit_code == 2
    assert "need --account" in misused.output


def test_a_look_at_n_jobs_takes_a_call_for_every_fifty(
    migrator: Migrator, jobs: dict[str, str], settings: dict[str, Any]
) -> None:
    table = migrator.cloud.world.table(ReplicationJob)
    sources = migrator.cloud.world.table(SourceServer)
    like = table.get(jobs["web-1"])
    assert like
    source = sources.get(like.source_id)
    assert source
    with migrator.cloud.world.transaction():
        for number in range(997):
            tags = stack_tags(STACK) | {SERVER_TAG: f"server-{number}", RUN_TAG: "1"}
            job_id, source_id = f"j-{number}", f"s-{number}"
            sources.put(replace(source, source_id=source_id, name=f"server-{number}", tags={}))
            table.put(replace(like, job_id=job_id, source_id=source_id, name=job_id, tags=tags))
    settings["servers"] |= {
        f"server-{n}": {"select": {"id": f"i-{n}"}, "target": {"image": f"image-{n}"}}
        for n in range(997)
    }
    eyes = look(settings, migrator)
    with calls_of(migrator.cloud) as made:
        first = eyes.look()
    assert len(first.members()) == 1000
    assert made == {"smc:DescribeReplicationJobs": 20, "smc:DescribeSourceServers": 20}
    with calls_of(migrator.cloud) as made:
        for _ in range(3):
            migrator.clock.sleep(15)
            eyes.look()
    assert made == {"smc:DescribeReplicationJobs": 60}


def test_it_follows_until_all_have_ended(
    migrator: Migrator, jobs: dict[str, str], settings: dict[str, Any]
) -> None:
    start(migrator, *jobs.values())
    eyes, lines = look(settings, migrator), PlainLines()
    said: list[str] = []

    def show(status: FleetStatus, error: str) -> None:
        assert error == ""
        said.extend(lines.tell(status, migrator.clock.monotonic()))

    last = follow(eyes, eyes.look(), show, migrator.clock, 15.0, HOUR)
    assert exit_code(last) == 0
    assert {s.server: s.stage for s in last.members()} == dict.fromkeys(jobs, Stage.DONE)
    doing = [line.partition("web-1: ")[2] for line in said if "web-1: " in line]
    assert [word.partition(",")[0] for word in doing] == [
        *("Preparing", "Syncing", "Processing", "Cleaning", "Finished")
    ]
    assert doing[-1].startswith("Finished, web-1-image (m-")
    assert any("MB/s · about" in line for line in said)


def test_it_ends_when_nobody_drives_the_migration(
    migrator: Migrator, jobs: dict[str, str], settings: dict[str, Any]
) -> None:
    """As when `pulumi up` was killed: two servers are never started."""
    start(migrator, jobs["web-1"])
    eyes = look(settings, migrator)
    slept = migrator.clock.slept
    last = follow(eyes, eyes.look(), lambda *_: None, migrator.clock, 60.0, HOUR)
    assert exit_code(last) == 3
    assert (last.counts.done, last.counts.pending) == (1, 2)
    assert HOUR <= migrator.clock.slept - slept < 4 * HOUR


def test_a_look_that_fails_is_told_and_repeated_but_not_for_ever(
    migrator: Migrator, jobs: dict[str, str], settings: dict[str, Any], cloud: Cloud
) -> None:
    start(migrator, *jobs.values())
    eyes, errors = look(settings, migrator), []
    faults = cloud.server.gateway.faults
    wrong = Fault(service="smc", kind="error", status=403, code="Forbidden.Unauthorized", count=2)

    def show(status: FleetStatus, error: str) -> None:
        errors.append(error)
        if len(errors) == 1:
            faults.arm(wrong)

    last = follow(eyes, eyes.look(), show, migrator.clock, 15.0, HOUR)
    assert exit_code(last) == 0
    assert ["Forbidden" in error for error in errors[:4]] == [False, True, True, False]
    first = last.model_copy(update={"waves": (unfinished(last.waves[0]),)})
    faults.arm(wrong.model_copy(update={"count": 1000}))
    with pytest.raises(ApiError, match="Forbidden"):
        follow(eyes, first, lambda *_: None, migrator.clock, 60.0, HOUR)


def unfinished(wave: WaveStatus) -> WaveStatus:
    (server, *_) = wave.servers
    return wave.model_copy(
        update={"servers": (server.model_copy(update={"stage": Stage.RUNNING}),)}
    )


def test_plain_lines_where_there_is_no_terminal(
    run: Run, migrator: Migrator, jobs: dict[str, str], cloud: Cloud
) -> None:
    start(migrator, *jobs.values())
    cloud.world.clock.speed = 3600.0
    done = run("watch", "--every", "0.1")
    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.output
    assert done.output.splitlines()[-1].endswith("0 of 50 running jobs in use")
    assert "100 %: 3 done" in done.output
    once = run("watch", "--once")
    assert (once.exit_code, "3 done" in once.output) == (0, True)


def test_on_a_terminal_it_is_one_screen_and_the_last_look_stays(
    run: Run, migrator: Migrator, jobs: dict[str, str], cloud: Cloud
) -> None:
    start(migrator, *jobs.values())
    told(run, 3)

    def go_on() -> None:
        cloud.world.clock.speed = 3600.0

    code, shown = on_a_terminal(go_on, "watch", "--every", "0.2")
    assert code == 0, shown
    opened, closed = shown.index("\x1b[?1049h"), shown.rindex("\x1b[?1049l")
    assert "Preparing" in shown[opened:closed]
    assert "EMULATED" in shown[opened:closed]
    assert "3 done" in shown[closed:]
    assert "the last look" in shown[closed:]


def on_a_terminal(once_shown: Callable[[], None], *arguments: str) -> tuple[int, str]:
    """Run the command line on a terminal of 24 lines; returns how it ended and what it wrote."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "xterm-256color"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal, suppress(OSError):
        # Reading ends with an error when the other side is closed.
        while chunk := terminal.read(65536):
            if b"EMULATED" not in written and b"EMULATED" in written + chunk:
                once_shown()
            written += chunk
    return process.wait(60), written.decode()
