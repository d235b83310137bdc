"""Smoke tests on the real engine: shown before, carried out, a gate for the waves after."""

from dataclasses import replace

from emulator.ecs.tables import Instance, ScriptAnswer
from smc.ownership import SMOKE_TEST_TAG
from tests.engine.test_executions import assert_clean, assert_nothing_to_do, statuses
from tests.support.cloud import Cloud
from tests.support.project import Project
from tests.support.site import running_site

TARGET = "i-target0files"
LAUNCH = {
    "instanceType": "ecs.g7.large",
    "vswitch": "vsw-target0a",
    "securityGroup": "sg-target0",
}


def change_target(cloud: Cloud, **changes: object) -> None:
    """The target instance as a test wants it."""
    table = cloud.world.table(Instance)
    row = table.get(TARGET)
    assert row is not None
    with cloud.world.transaction():
        table.put(replace(row, **changes))  # type: ignore[arg-type]


def test_a_gate_holds_until_it_passes_and_only_what_failed_is_repeated(
    project: Project, fast_cloud: Cloud
) -> None:
    change_target(
        fast_cloud, answers=[ScriptAnswer(matches="is-active", output="inactive\n", exit_code=3)]
    )
    project.settings["waves"] = {
        "front": {
            "onFailure": "hold",
            "smokeTest": {"command": "is-active web", "launch": LAUNCH, "withinSeconds": 2},
        },
        "back": {"after": ["front"]},
    }
    project.settings["servers"] = {
        "web-1": {
            "select": {"id": "i-source0web1"},
            "target": {"image": "web-1-image"},
            "wave": "front",
        },
        "files-1": {
            "select": {"name": "files-1"},
            "target": {"instance": TARGET, "acknowledge": TARGET},
            "wave": "front",
        },
        "app-1": {"select": {"name": "app-1"}, "target": {"image": "app-1-image"}, "wave": "back"},
    }
    preview = project.preview()
    assert_clean(preview)
    told = " ".join(preview.text.split())
    assert "web-1: when migrated, a command has to end with 0 on a short-lived ecs.g7.large" in told
    assert "which is billed until its test has ended, at most 45 minutes" in told
    assert f"files-1: when migrated, a command has to end with 0 on {TARGET}" in told

    first = project.up()
    assert first.code != 0
    assert "Traceback" not in first.text
    told = " ".join(first.text.split())
    assert "wave front: 1 server has not passed the smoke test. files-1: is migrated, but" in told
    assert "the command ended with exit code 3, and printed last: inactive" in told
    assert "app-1: not started, for servers of wave front are not migrated or have not passed" in (
        told
    )
    assert "smoke tests: 1 of 2 passed" in told, "no live progress"
    assert statuses(fast_cloud) == {"web-1": "Finished", "files-1": "Finished", "app-1": "Ready"}
    results = project.outputs()["results"]
    assert {n: r["smoke_test"]["passed"] for n, r in results.items() if "smoke_test" in r} == {
        "web-1": True,
        "files-1": False,
    }

    # The service is mended by hand: nothing is migrated again, web-1 is not tested again.
    change_target(fast_cloud, answers=[])
    assert_clean(project.up())
    assert statuses(fast_cloud)["app-1"] == "Finished"
    assert fast_cloud.counts["smc:StartReplicationJob"] == 3
    assert fast_cloud.counts["ecs:RunInstances"] == 1
    assert_nothing_to_do(project)

    assert_clean(project.destroy())
    assert project.state() == []
    assert [i for i in fast_cloud.world.table(Instance) if SMOKE_TEST_TAG in i.tags] == []


def test_without_a_gate_a_failing_site_stops_nobody(project: Project, fast_cloud: Cloud) -> None:
    change_target(fast_cloud, private_ips=["127.0.0.1"])
    with running_site(503) as site:
        project.settings["waves"] = {"front": {}, "back": {"after": ["front"]}}
        project.settings["servers"] = {
            "files-1": {
                "select": {"name": "files-1"},
                "target": {"instance": TARGET, "acknowledge": TARGET},
                "wave": "front",
                "smokeTest": {
                    "http": f"http://{{ip}}:{site.port}/",
                    "host": "files.test",
                    "withinSeconds": 1,
                },
            },
            "app-1": {
                "select": {"name": "app-1"},
                "target": {"image": "app-1-image"},
                "wave": "back",
            },
        }
        first = project.up()
        assert first.code != 0
        assert "answers 503 (Service Unavailable), not 200" in " ".join(first.text.split())
        assert statuses(fast_cloud) == {"files-1": "Finished", "app-1": "Finished"}
        site.status = 200
        assert_clean(project.up())
        assert ("files.test", "/") in site.asked
