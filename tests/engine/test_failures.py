"""What a user sees when something is wrong: the server, the reason, the fix, and no traceback."""

from dataclasses import replace
from pathlib import Path

import pytest

from emulator.ecs.tables import Instance
from emulator.smc.tables import PlannedFailure
from tests.engine.conftest import FAST
from tests.support.cloud import DESTINATION, SOURCE, demo_world, running_cloud
from tests.support.project import Outcome, Project


def assert_clean_failure(outcome: Outcome, *words: str) -> None:
    assert outcome.code == 1, outcome.text
    assert "Traceback" not in outcome.text
    for word in words:
        assert word in outcome.text, outcome.text


def test_six_mistakes_in_one_file_are_all_reported_and_nothing_is_called(
    project: Project,
) -> None:
    project.settings["source"]["region"] = "Hangzhou"
    project.settings["destination"]["account"] = "12"
    project.settings["pollling"] = {}
    servers = project.settings["servers"]
    servers["web-1"]["select"] = {"id": "i-1", "name": "web-1"}
    servers["app-1"]["wave"] = "third"
    servers["files-1"] = {
        "select": {"name": "files-1"},
        "target": {"instance": "i-target0files"},
        "wave": "first",
    }
    project.settings["waves"] = {"first": {}}
    outcome = project.preview()
    assert_clean_failure(
        outcome,
        "6 problems",
        "source.region:",
        "destination.account:",
        "pollling: is not a setting",
        "servers.web-1.select: name exactly one of",
        "servers.app-1.wave: third is not a wave",
        "servers.files-1.target: migrating to an instance replaces its system",
        "Fix:",
    )
    assert project.cloud.counts == {}


def test_servers_that_cannot_be_imported_fail_alone_and_are_taken_up_later(
    project: Project,
) -> None:
    image = {"target": {"image": "stopped-image"}}
    project.settings["servers"] |= {
        "stopped": {"select": {"name": "stopped-1"}, "target": {"image": "stopped-image"}},
        "silent": {"select": {"name": "silent-1"}, "target": {"image": "silent-image"}},
        "missing": {"select": {"id": "i-nowhere"}, "target": {"image": "missing-image"}},
        "ambiguous": {"select": {"name": "twin"}, "target": {"image": "twin-image"}},
    }
    del image
    first = project.up()
    assert_clean_failure(
        first,
        "wave all: 4 servers are not migrated.",
        "stopped: i-source0stop (stopped-1, 192.168.0.51) is Stopped, but must be Running",
        "silent: Cloud Assistant does not answer on i-source0mute",
        "missing: no instance with id i-nowhere in account 1000000000000001",
        "ambiguous: name twin means 2 instances",
        "not migrated: ambiguous, missing, silent, stopped",
    )
    results = project.outputs()["results"]
    assert results["web-1"]["status"] == results["app-1"]["status"] == "Finished"

    world = project.cloud.world
    stopped = world.table(Instance).get("i-source0stop")
    assert stopped is not None
    world.table(Instance).put(replace(stopped, status="Running"))
    for name in ("silent", "missing", "ambiguous"):
        del project.settings["servers"][name]
    starts = project.cloud.counts["smc:StartReplicationJob"]
    second = project.up()
    assert second.code == 0, second.text
    assert project.outputs()["results"]["stopped"]["status"] == "Finished"
    assert project.cloud.counts["smc:StartReplicationJob"] == starts + 1
    assert project.preview("--expect-no-changes").code == 0


def test_a_job_that_cannot_be_made_holds_up_nobody_and_is_made_by_the_next_up(
    project: Project,
) -> None:
    app_1 = project.settings["servers"]["app-1"]
    target = app_1.pop("target")
    app_1["target"] = {"instance": "i-none", "acknowledge": "i-none"}
    outcome = project.up()
    assert_clean_failure(
        outcome, "app-1: target instance i-none does not exist", "Fix: correct servers.app-1.target"
    )
    outputs = project.outputs()
    assert outputs["results"]["web-1"]["status"] == "Finished"
    assert outputs["failures"].keys() == {"app-1"}
    app_1["target"] = target
    preview = project.preview()
    assert preview.code == 0, preview.text
    outcome = project.up()
    assert outcome.code == 0, outcome.text
    assert project.outputs()["results"]["app-1"]["status"] == "Finished"


def test_a_migration_that_fails_is_told_and_goes_on_with_the_next_up(project: Project) -> None:
    project.cloud.world.table(PlannedFailure).put(
        PlannedFailure(
            subject="i-source0web1", at_percent=40, code="S1", message="Rsync not found."
        )
    )
    first = project.up()
    assert_clean_failure(
        first,
        "wave all: 1 server is not migrated.",
        "web-1: migration ended as InError at 40 %",
        "S1: Rsync not found. Likely cause: rsync is missing",
        "Fix: install rsync",
        "not migrated: web-1",
    )
    second = project.up()
    assert second.code == 0, second.text


def test_wrong_secret(project: Project) -> None:
    project.cloud.write_credentials(destination="not-the-secret")
    assert_clean_failure(
        project.preview(),
        "destination: the credentials of account 2000000000000002 (profile destination) are not"
        " accepted",
        "SignatureDoesNotMatch",
        "Fix:",
    )


def test_missing_profile(project: Project) -> None:
    project.settings["source"]["credentials"]["profile"] = "nobody"
    assert_clean_failure(project.preview(), "no usable credentials", "nobody", "Fix:")


def test_exchanged_sides(project: Project) -> None:
    source, destination = project.settings["source"], project.settings["destination"]
    source["account"], destination["account"] = DESTINATION, SOURCE
    assert_clean_failure(
        project.up(),
        f"source: the settings say account {DESTINATION}",
        f"belong to {SOURCE}",
        "the wrong way",
        "Nothing was changed",
    )
    assert set(project.cloud.counts) == {"sts:GetCallerIdentity"}


def test_no_emulator(project: Project) -> None:
    project.cloud.address_file.unlink()
    assert_clean_failure(project.preview(), "the local emulator is not running", "make emulator")


@pytest.mark.parametrize("seconds", [5, 3600])
def test_a_role_that_is_not_visible_yet_is_waited_for(tmp_path: Path, seconds: int) -> None:
    """Five real seconds at most: an hour of the emulator is one."""
    world = demo_world(settings={"ram.role_visible_after_seconds": float(seconds * 3)})
    with running_cloud(tmp_path, world, FAST) as cloud:
        project = Project(tmp_path, cloud)
        up = project.up()
        assert up.code == 0, up.text


def test_a_change_that_smc_does_not_allow_is_refused_at_preview(project: Project) -> None:
    assert project.up().code == 0
    project.settings["servers"]["web-1"]["target"] = {"image": "another-image"}
    assert_clean_failure(
        project.preview(),
        "web-1: target.image changed, but the server is already migrated",
        "servers.web-1.run to 2",
    )
    project.settings["servers"]["web-1"]["run"] = 2
    again = project.up()
    assert again.code == 0, again.text
    assert project.outputs()["results"]["web-1"]["run"] == 2
