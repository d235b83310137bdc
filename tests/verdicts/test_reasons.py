"""What a user is told with a verdict, word for word: what changed, why, and what to do instead."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from smc.connection import Connection
from smc.job_fields import ReplicationJobInputs
from smc.verdicts import JobState, Kind, judge

ONCE: dict[str, Any] = {
    "stack": "organization/test/dev",
    "server": "web-1",
    "destination": Connection(account="2000000000000002", region="ap-northeast-1"),
    "source_id": "s-1",
    "region": "ap-northeast-1",
    "image_name": "web-1-image",
}
INCREMENTAL = ONCE | {"every_hours": 6, "keep_images": 2}
CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("reasons.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["verdict"][:40])
def test_reason(case: dict[str, Any]) -> None:
    declared = {"once": ONCE, "incremental": INCREMENTAL}[case["declared"]]
    before = ReplicationJobInputs.model_validate(declared)
    after = ReplicationJobInputs.model_validate(declared | case["change"])
    assert str(judge(before, after, JobState("j-1", case["status"], 42.6))) == case["verdict"]


@pytest.mark.parametrize(
    ("before", "after", "can"),
    [
        ([], [{"index": 0, "size": 80}], True),
        ([], [{"index": 0, "size": 80, "lvm": True}], False),
        ([{"index": 0, "size": 80, "lvm": True}], [], False),
        ([], [{"index": 1, "size": 80, "disk_id": "d-1"}], False),
        (
            [],
            [{"index": 0, "size": 80, "partitions": [{"path": "/", "size": 40, "block": True}]}],
            False,
        ),
        # One disk with a layout among others is enough.
        ([], [{"index": 0, "size": 80}, {"index": 1, "size": 80, "lvm": True}], False),
    ],
)
def test_sizes_can_be_changed_and_layouts_cannot(before: Any, after: Any, can: bool) -> None:
    old = ReplicationJobInputs.model_validate(ONCE | {"disks": before})
    new = ReplicationJobInputs.model_validate(ONCE | {"disks": after})
    verdict = judge(old, new, JobState("j-1", "Ready"))
    assert verdict.kind is (Kind.MODIFY if can else Kind.REPLACE)


def test_the_name_of_a_job_has_its_run_from_the_second_on() -> None:
    job = ReplicationJobInputs.model_validate(ONCE)
    assert (job.job_name, job.run_once) == ("web-1", True)
    again = ReplicationJobInputs.model_validate(INCREMENTAL | {"run": 2})
    assert (again.job_name, again.run_once) == ("web-1-2", False)
