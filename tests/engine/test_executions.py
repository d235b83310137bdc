"""When jobs run, on the real engine: not waited for, paused, scheduled, held, adopted."""

from datetime import timedelta

from alibabacloud_smc20190601 import models as sdk

from smc.api.replication_jobs import describe_replication_jobs
from smc.api.source_servers import describe_source_servers
from tests.engine.conftest import FAST
from tests.support.cloud import Cloud
from tests.support.project import Outcome, Project


def statuses(cloud: Cloud) -> dict[str, str]:
    jobs = describe_replication_jobs(cloud.clients("destination"))
    return {job.name: job.status for job in jobs}


def assert_clean(outcome: Outcome) -> None:
    assert outcome.code == 0, outcome.text
    assert "Traceback" not in outcome.text


def assert_nothing_to_do(project: Project) -> None:
    preview = project.preview("--expect-no-changes")
    assert preview.code == 0, preview.text


def only_created(project: Project) -> None:
    """One imported server with a job that waits."""
    project.settings["servers"] = {"web-1": project.settings["servers"]["web-1"]}
    project.settings["servers"]["web-1"]["execution"] = "createOnly"
    assert_clean(project.up())
    assert statuses(project.cloud) == {"web-1": "Ready"}


def test_not_waited_for_paused_and_resumed(project: Project, fast_cloud: Cloud) -> None:
    only_created(project)
    clock, server = fast_cloud.world.clock, project.settings["servers"]["web-1"]

    clock.speed = 0
    project.settings["wait"] = False
    server["execution"] = "immediate"
    assert_clean(project.up())
    assert statuses(fast_cloud) == {"web-1": "Running"}

    clock.advance(400)
    project.settings["wait"] = True
    server["paused"] = True
    assert_clean(project.up())
    assert statuses(fast_cloud) == {"web-1": "Stopped"}
    assert_nothing_to_do(project)

    clock.speed = FAST
    server["paused"] = False
    assert_clean(project.up())
    assert statuses(fast_cloud) == {"web-1": "Finished"}
    assert fast_cloud.counts["smc:CreateReplicationJob"] == 1


def test_a_schedule_is_kept_moved_and_recorded(project: Project, fast_cloud: Cloud) -> None:
    clock, server = fast_cloud.world.clock, project.settings["servers"]["web-1"]
    project.settings["servers"] = {"web-1": server}
    # Virtual hours pass during the import.
    moment = clock.now() + timedelta(days=10)
    server |= {"execution": "scheduled", "startAt": f"{moment:%Y-%m-%dT%H:%M:%S+00:00}"}
    assert_clean(project.up())
    clock.speed = 0
    assert statuses(fast_cloud) == {"web-1": "Ready"}
    assert_nothing_to_do(project)

    later = moment + timedelta(days=2)
    server["startAt"] = f"{later:%Y-%m-%dT%H:%M:%S+00:00}"
    preview = project.preview()
    assert "web-1: modify: startAt of job" in preview.text
    assert_clean(project.up())
    clock.advance((later - clock.now()).total_seconds() - 60)
    assert statuses(fast_cloud) == {"web-1": "Ready"}
    clock.advance(4 * 3600)
    assert statuses(fast_cloud) == {"web-1": "Finished"}
    assert_clean(project.up())
    assert project.output("results")["web-1"]["status"] == "Finished"
    assert_nothing_to_do(project)
    assert "smc:StartReplicationJob" not in fast_cloud.counts


def test_synchronized_until_cut_over(project: Project, fast_cloud: Cloud) -> None:
    servers = project.settings["servers"]
    for server in servers.values():
        server["synchronization"] = {"everyHours": 168, "keepImages": 2}
    assert_clean(project.up())
    # Days would pass during the commands that follow.
    fast_cloud.world.clock.speed = 0
    waiting = {"web-1": "Waiting", "app-1": "Waiting"}
    assert statuses(fast_cloud) == waiting
    assert_nothing_to_do(project)

    # A week later a second run has brought what changed since.
    fast_cloud.world.clock.advance(8 * 24 * 3600)
    assert statuses(fast_cloud) == waiting
    servers["web-1"]["synchronization"]["keepImages"] = 3
    preview = project.preview()
    assert "web-1: modify: synchronization.keepImages of job" in preview.text
    assert_clean(project.up())

    fast_cloud.world.clock.speed = FAST
    servers["web-1"]["synchronization"]["cutover"] = "finalSync"
    servers["app-1"]["synchronization"]["cutover"] = "now"
    assert_clean(project.up())
    assert statuses(fast_cloud) == {"web-1": "Finished", "app-1": "Finished"}
    assert_nothing_to_do(project)
    results = project.output("results")
    assert {name: len(result["runs"]) for name, result in results.items()} == {
        "web-1": 3,
        "app-1": 2,
    }


def test_a_wave_that_fails_holds_the_next(project: Project, fast_cloud: Cloud) -> None:
    project.settings["waves"] = {"front": {"onFailure": "hold"}, "back": {"after": ["front"]}}
    project.settings["servers"]["web-1"] |= {"wave": "front", "select": {"id": "i-nowhere"}}
    project.settings["servers"]["app-1"]["wave"] = "back"
    held = project.up()
    assert held.code != 0
    assert "app-1: not started, for servers of wave front are not migrated" in held.text
    assert statuses(fast_cloud) == {"app-1": "Ready"}

    project.settings["servers"]["web-1"]["select"] = {"id": "i-source0web1"}
    assert_clean(project.up())
    assert statuses(fast_cloud) == {"web-1": "Finished", "app-1": "Finished"}
    assert_nothing_to_do(project)


def test_a_job_made_by_hand_is_adopted(project: Project, fast_cloud: Cloud) -> None:
    only_created(project)
    clients = fast_cloud.clients("destination")
    (source,) = describe_source_servers(clients)
    # Somebody deletes the stack's job and makes one of his own.
    (ours,) = describe_replication_jobs(clients)
    clients.smc().delete_replication_job(sdk.DeleteReplicationJobRequest(job_id=ours.job_id))
    fast_cloud.world.clock.advance(600)
    request = sdk.CreateReplicationJobRequest(
        source_id=source.source_id,
        region_id="ap-northeast-1",
        name="by-hand",
        target_type="Image",
        image_name="by-hand-image",
        system_disk_size=40,
    )
    by_hand = clients.smc().create_replication_job(request).body.job_id
    server = project.settings["servers"]["web-1"]
    server |= {"adoptJob": "by-hand", "target": {"image": "by-hand-image"}}
    assert_clean(project.up("--refresh"))
    assert_nothing_to_do(project)
    (adopted,) = describe_replication_jobs(clients)
    assert adopted.job_id == by_hand

    server["execution"] = "immediate"
    assert_clean(project.up())
    assert statuses(fast_cloud) == {"by-hand": "Finished"}
    assert_clean(project.destroy())
    assert statuses(fast_cloud) == {}
