from datetime import UTC, datetime, timedelta

import pytest

from smc.estimate.duration import GIB
from smc.estimate.move import Move
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


EXPECTED_500 = Move(volume_bytes=50 * GIB, volume_of="files", disks_gib=100, mbit_per_second=500)


@pytest.mark.parametrize(
    ("seconds", "move", "told"),
    [
        # 10 % of 100 GiB in 100 s; 80 % are left.
        (100, None, "web-1 Syncing 20 %, at most 107.4 MB/s, 13 min left"),
        # A tenth of the documented 100 Mbit/s are 1.25 MB/s.
        (8000, None, "at most 1.3 MB/s, 17.8 h left"),
        (9000, None, "at most 1.2 MB/s, 20.0 h left (slow: less than a tenth of the 100 Mbit/s"),
        # Half as much data is really moved, and five times the speed is expected.
        (800, EXPECTED_500, "about 6.7 MB/s, 107 min left"),
        (
            900,
            EXPECTED_500,
            "about 6.0 MB/s, 2.0 h left (slow: less than a tenth of the 500 Mbit/s",
        ),
    ],
)
def test_speed_time_left_and_a_hint_when_it_is_slow(
    seconds: int, move: Move | None, told: str
) -> None:
    time = Time()
    meter = Meter(time, {"web-1": move} if move else {})
    assert watched(meter, 10) == "web-1 Syncing 10 %"
    time.now += timedelta(seconds=seconds)
    line = watched(meter, 20)
    assert told in line
    assert ("slow" in line) == ("slow" in told)


def watched(meter: Meter, progress: float, business_status: str = "Syncing") -> str:
    seen = job(progress, business_status)
    return meter.describe("web-1", seen)


def test_no_speed_without_progress_or_outside_syncing() -> None:
    time = Time()
    meter = Meter(time)
    watched(meter, 10)
    time.now += timedelta(seconds=60)
    assert watched(meter, 10) == "web-1 Syncing 10 %"
    assert watched(meter, 90, "Processing") == "web-1 Processing 90 %"


def test_a_pause_does_not_count() -> None:
    """A watch goes on while a job is stopped."""
    time = Time()
    meter = Meter(time)
    for seconds, progress, business_status in (
        (0, 10, "Syncing"),
        (100, 20, "Syncing"),
        (100, 20, ""),
        (86400, 20, "Syncing"),
        (100, 30, "Syncing"),
    ):
        time.now += timedelta(seconds=seconds)
        line = watched(meter, progress, business_status)
    assert line.startswith("web-1 Syncing 30 %, at most 107.4 MB/s")


def test_a_large_wave_is_one_short_line() -> None:
    seen = {f"web-{n}": job(10) for n in range(1, 8)}
    line = Meter(Time()).summary(seen, settled=3, total=10)
    assert line.startswith("3 of 10 ended · web-1 Syncing 10 %; web-2")
    assert line.endswith("4 more running")
