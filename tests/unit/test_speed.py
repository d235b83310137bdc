from datetime import UTC, datetime, timedelta

import pytest

from smc.models import ReplicationJob
from smc.speed import Meter

START = datetime(2026, 1, 1, tzinfo=UTC)


def job(progress: float, business_status: str = "Syncing") -> ReplicationJob:
    return ReplicationJob(
        job_id="j",
        source_id="s",
        name="web-1",
        description="",
        status="Running",
        business_status=business_status,
        progress=progress,
        region="r",
        target_type="Image",
        image_name="",
        image_id="",
        instance_id="",
        transition_instance_id="",
        error="",
        start_time="",
        end_time="",
        disk_sizes_gib=(40, 60),
        runs=(),
        tags={},
    )


class Time:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        # 10 % of 100 GiB in 100 s; 80 % are left.
        (100, "web-1 Syncing 20 %, about 107.4 MB/s, 13 min left"),
        (20_000, "about 0.5 MB/s, 44.4 h left (slow: raise the fixed bandwidth"),
    ],
)
def test_speed_and_time_left(seconds: int, told: str) -> None:
    time = Time()
    meter = Meter(time)
    assert meter.describe("web-1", job(10)) == "web-1 Syncing 10 %"
    time.now += timedelta(seconds=seconds)
    assert told in meter.describe("web-1", job(20))


def test_no_speed_without_progress_or_outside_syncing() -> None:
    time = Time()
    meter = Meter(time)
    meter.describe("web-1", job(10))
    time.now += timedelta(seconds=60)
    assert meter.describe("web-1", job(10)) == "web-1 Syncing 10 %"
    assert meter.describe("web-1", job(90, "Processing")) == "web-1 Processing 90 %"


def test_a_large_wave_is_one_short_line() -> None:
    seen = {f"web-{n}": job(10) for n in range(1, 8)}
    line = Meter(Time()).summary(seen, settled=3, total=10)
    assert line.startswith("3 of 10 ended · web-1 Syncing 10 %; web-2")
    assert line.endswith("4 more running")
