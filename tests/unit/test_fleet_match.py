"""Whose a job is, and what stage that makes, from what SMC lists; no service is asked."""

from typing import Any

import pytest

from smc.fleet_match import NOT_IN_SETTINGS, OF_NO_STACK, Match, of_account, of_stack
from smc.fleet_plan import FleetPlan, fleet_plan
from smc.fleet_status import Stage
from smc.models import ReplicationJob, SourceServer
from smc.ownership import FINISHED_TAG, REHEARSAL_TAG, RUN_TAG, SERVER_TAG, stack_tags
from smc.settings import load_settings
from tests.support.cloud import DESTINATION, SOURCE

STACK = "organization/test/dev"
NOW = "2026-06-01T12:00:00Z"
LATER = "2026-06-02T12:00:00Z"


def plan(**server: Any) -> FleetPlan:
    """A stack with web-1, with these settings of it."""
    web = {"select": {"name": "web-1"}, "target": {"image": "web-1-image"}} | server
    settings = {
        "source": {"account": SOURCE, "region": "cn-hangzhou"},
        "destination": {"account": DESTINATION, "region": "ap-northeast-1"},
        "servers": {"web-1": web},
    }
    return fleet_plan(load_settings(settings), STACK)


def job(status: str, run: int = 1, server: str = "web-1", **changes: Any) -> ReplicationJob:
    values: dict[str, Any] = {
        "job_id": f"j-{server}-{run}",
        "source_id": "s-web",
        "name": server,
        "description": "",
        "status": status,
        "business_status": "Syncing" if status == "Running" else "",
        "progress": 0.0,
        "region": "ap-northeast-1",
        "target_type": "Image",
        "image_name": "",
        "image_id": "",
        "instance_id": "",
        "transition_instance_id": "",
        "error": "",
        "start_time": "",
        "end_time": "",
        "disk_sizes_gib": (40,),
        "runs": (),
        "tags": stack_tags(STACK) | {SERVER_TAG: server, RUN_TAG: str(run)},
    } | changes
    return ReplicationJob(**values)


def source(**tags: str) -> SourceServer:
    return SourceServer(
        source_id="s-web",
        name="web-1",
        description="",
        state="Available",
        agent_version="",
        platform="",
        hostname="",
        ipv4="",
        disks=(),
        error="",
        tags=stack_tags(STACK) | {SERVER_TAG: "web-1"} | tags,
    )


REHEARSAL = job("Running", 0, "web-1-rehearsal")
REHEARSAL = job("Running", 0, "web-1-rehearsal", tags=dict(REHEARSAL.tags) | {REHEARSAL_TAG: "job"})


def only(matches: Any) -> Match:
    ((match,),) = matches.values()
    assert isinstance(match, Match)
    return match


@pytest.mark.parametrize(
    ("settings", "jobs", "stage"),
    [
        ({}, [], Stage.PENDING),
        ({}, [job("Ready")], Stage.PENDING),
        ({}, [job("Running")], Stage.RUNNING),
        ({}, [job("Finished")], Stage.DONE),
        ({}, [job("InError")], Stage.FAILED),
        ({}, [job("Expired")], Stage.FAILED),
        ({}, [job("Stopped")], Stage.PENDING),
        ({}, [job("Deleting")], Stage.PENDING),
        ({"run": 2}, [job("Finished")], Stage.PENDING),
        ({"run": 2}, [job("Finished"), job("Running", 2)], Stage.RUNNING),
        ({"paused": True}, [job("Stopped")], Stage.HELD),
        ({"paused": True}, [job("Ready")], Stage.HELD),
        ({"execution": "createOnly"}, [job("Ready")], Stage.HELD),
        ({"execution": "drillOnly"}, [job("Ready")], Stage.HELD),
        ({"execution": "scheduled", "startAt": LATER}, [job("Ready")], Stage.PENDING),
        ({"synchronization": {"everyHours": 6}}, [job("Waiting")], Stage.DONE),
        (
            {"synchronization": {"everyHours": 6, "cutover": "now"}},
            [job("Waiting")],
            Stage.PENDING,
        ),
        ({}, [REHEARSAL], Stage.RUNNING),
        ({}, [REHEARSAL, job("Ready")], Stage.PENDING),
    ],
)
def test_the_stage_of_a_server(
    settings: dict[str, Any], jobs: list[ReplicationJob], stage: Stage
) -> None:
    matches = of_stack(plan(**settings), jobs, [source()])
    assert only({"all": matches["all"]}).stage(NOW) is stage
    assert list(matches) == ["all"], "a job of an earlier run is explained by its server"


@pytest.mark.parametrize(("run", "stage"), [(1, Stage.DONE), (2, Stage.DONE), (3, Stage.PENDING)])
def test_a_job_that_smc_removed_after_it_finished_is_done(run: int, stage: Stage) -> None:
    matches = of_stack(plan(run=run), [], [source(**{FINISHED_TAG: "2"})])
    assert only(matches).stage(NOW) is stage


def test_jobs_of_servers_that_left_the_settings_are_shown_apart() -> None:
    gone = job("InError", server="gone", source_id="s-gone")
    foreign = job("Running", server="web-1", tags=stack_tags("other/stack/dev"))
    matches = of_stack(plan(), [gone, foreign], [source()])
    (match,) = matches[NOT_IN_SETTINGS]
    assert (match.name, match.stage(NOW)) == ("gone", Stage.FAILED)
    assert only({"all": matches["all"]}).job is None


def test_an_account_is_seen_by_stack() -> None:
    by_hand = job("Stopped", server="by-hand", tags={})
    scheduled = job("Ready", server="later", tags={}, declared={"start_at": LATER})
    matches = of_account([by_hand, job("Running"), scheduled], [])
    assert list(matches) == [STACK, OF_NO_STACK]
    assert {m.name: m.stage(NOW) for m in matches[OF_NO_STACK]} == {
        "by-hand": Stage.HELD,
        "later": Stage.PENDING,
    }


def test_an_adopted_source_server_is_known_by_its_id() -> None:
    adopted = plan(select=None, sourceId="s-web")
    unmarked = SourceServer(
        **{name: getattr(source(), name) for name in SourceServer.__dataclass_fields__}
        | {"tags": {FINISHED_TAG: "1"}}
    )
    assert only(of_stack(adopted, [], [unmarked])).stage(NOW) is Stage.DONE
