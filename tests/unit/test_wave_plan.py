"""The next step of a job, for every status and what the settings may say."""

import pytest

from smc.models import ReplicationJob
from smc.states import JobStatus
from smc.wave_plan import Progress, Step, WaveJob, next_step

NOW = "2026-01-31T13:00:00Z"
BEFORE, AFTER = "2026-01-31T12:00:00Z", "2026-01-31T14:00:00Z"
NOTHING = Progress()

START = {"start": True}
CREATE_ONLY = {"start": False}
DUE = {"start": False, "start_at": BEFORE}
NOT_DUE = {"start": False, "start_at": AFTER}
PAUSED = {"paused": True}
CUTOVER = {"cutover": "finalSync"}


def seen(status: str, business_status: str = "") -> ReplicationJob:
    return ReplicationJob(
        job_id="j-1",
        source_id="s-1",
        name="web-1",
        description="",
        status=status,
        business_status=business_status,
        progress=0,
        region="ap-northeast-1",
        target_type="Image",
        image_name="",
        image_id="",
        instance_id="",
        transition_instance_id="",
        error="",
        start_time="",
        end_time="",
        disk_sizes_gib=(),
        runs=(),
        tags={},
    )


@pytest.mark.parametrize(
    ("wanted", "status", "progress", "step"),
    [
        (START, "Ready", NOTHING, Step.START),
        (START, "Stopped", NOTHING, Step.START),
        (START, "InError", NOTHING, Step.START),
        (START, "InError", Progress(starts=2), Step.START),
        (START, "InError", Progress(starts=3), Step.FAIL),
        (START, "InError", Progress(starts=1, started_now=True), Step.FAIL),
        (START, "Stopped", Progress(starts=1, started_now=True), Step.FAIL),
        (START, "Running", NOTHING, Step.WAIT),
        (START, "Waiting", NOTHING, Step.DONE),
        (START, "Finished", NOTHING, Step.DONE),
        (START, "Expired", NOTHING, Step.FAIL),
        (START, "Deleting", NOTHING, Step.FAIL),
        (START, "a status of tomorrow", NOTHING, Step.WAIT),
        (CREATE_ONLY, "Ready", NOTHING, Step.HOLD),
        (CREATE_ONLY, "Stopped", NOTHING, Step.HOLD),
        (CREATE_ONLY, "InError", NOTHING, Step.HOLD),
        (CREATE_ONLY, "Running", NOTHING, Step.WAIT),
        (NOT_DUE, "Ready", NOTHING, Step.HOLD),
        (DUE, "Ready", NOTHING, Step.WAIT),
        (DUE, "InError", NOTHING, Step.START),
        (DUE, "Running", NOTHING, Step.WAIT),
        (PAUSED, "Ready", NOTHING, Step.HOLD),
        (PAUSED, "Stopped", NOTHING, Step.HOLD),
        (PAUSED, "Waiting", NOTHING, Step.HOLD),
        (PAUSED, "Finished", NOTHING, Step.DONE),
        (CUTOVER, "Waiting", NOTHING, Step.CUT_OVER),
        (CUTOVER, "Waiting", Progress(cut_over=True), Step.WAIT),
        (CUTOVER, "Running", Progress(cut_over=True), Step.WAIT),
        (CUTOVER, "Finished", Progress(cut_over=True), Step.DONE),
    ],
)
def test_next_step(wanted: dict[str, object], status: str, progress: Progress, step: Step) -> None:
    job = WaveJob.model_validate({"job_id": "j-1", "source_id": "s-1", **wanted})
    assert next_step(job, seen(status), progress, NOW) is step


@pytest.mark.parametrize(
    ("business_status", "step"),
    [("Preparing", Step.WAIT), ("Syncing", Step.STOP), ("Processing", Step.WAIT)],
)
def test_a_paused_job_is_stopped_when_smc_can(business_status: str, step: Step) -> None:
    job = WaveJob(job_id="j-1", source_id="s-1", paused=True)
    assert next_step(job, seen("Running", business_status), NOTHING, NOW) is step


def test_a_job_that_is_gone_fails_unless_it_had_finished() -> None:
    job = WaveJob(job_id="j-1", source_id="s-1")
    assert next_step(job, None, NOTHING, NOW) is Step.FAIL
    assert next_step(job, None, Progress(finished_before=True), NOW) is Step.DONE


def test_every_status_has_a_step() -> None:
    job = WaveJob(job_id="j-1", source_id="s-1")
    for status in JobStatus:
        assert isinstance(next_step(job, seen(status), NOTHING, NOW), Step)
