"""What a preview cannot know of a wave does not keep it from being compared."""

from typing import Any

from pulumi.output import Unknown

from providers.wave_run import WaveRunProvider

JOB = {"job_id": "j-1", "source_id": "s-1"}
RESULT = {"job_id": "j-1", "run": 1, "status": "Finished"}
OLDS: dict[str, Any] = {
    "wave": "all",
    "stack": "organization/test/dev",
    "destination": {"account": "2000000000000002", "region": "ap-northeast-1"},
    "jobs": {"web-1": JOB},
    "import_failures": {},
    "running_quota": 50,
    "results": {"web-1": RESULT},
    "failures": {},
}


def test_failures_that_are_unknown_while_a_job_changes_are_no_change() -> None:
    news = {**OLDS, "import_failures": Unknown()}  # type: ignore[no-untyped-call]
    assert WaveRunProvider().diff("all", OLDS, news).changes is False


def test_a_job_that_is_unknown_is_one() -> None:
    news = {**OLDS, "jobs": {"web-1": {**JOB, "job_id": Unknown()}}}  # type: ignore[no-untyped-call]
    assert WaveRunProvider().diff("all", OLDS, news).changes is True
