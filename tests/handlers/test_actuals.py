"""What migrations really took: recorded where it was watched, and where it was not."""

from typing import Any

import pytest

from smc.estimate.duration import GIB, estimated_seconds
from smc.estimate.move import Move
from smc.handlers import wave_run
from smc.settings.prices import Prices
from tests.support.migration import Migrator

WEB_1 = Move(volume_bytes=9 * GIB, volume_of="files")
PRICES = Prices(
    currency="CNY", transition_instance_hour=0.5, disk_gib_hour=0.001, public_traffic_gib=0.8
)


def actual(outputs: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = outputs["results"]["web-1"]["actual"]
    return told


def test_a_migration_that_was_watched(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    outputs = migrator.driven(migrator.wave_inputs(jobs, moves={"web-1": WEB_1}, prices=PRICES))
    told = actual(outputs)
    # The emulator prepares and cleans for four minutes, which the documented formula leaves out.
    estimated = estimated_seconds(9 * GIB, 100)
    assert told["seconds"] == pytest.approx(estimated + 240, abs=2)
    assert (told["volume_bytes"], told["volume_of"]) == (9 * GIB, "files")
    assert told["speed_over"] == "transfer"
    assert told["bytes_per_second"] == pytest.approx(100e6 / 8, rel=0.2)
    hours = told["seconds"] / 3600
    assert told["currency"] == "CNY"
    assert told["cost"]["transition_instance"] == pytest.approx(hours * 0.5, abs=1e-3)
    assert told["cost"]["disks"] == pytest.approx(hours * 40 * 0.001, abs=1e-3)
    assert told["cost"]["traffic"] == pytest.approx(9 * 0.8)
    assert told["cost"]["images_month"] is None, "no price for it"
    (line,) = [line for line in migrator.lines if "is migrated" in line]
    assert line.startswith("web-1 is migrated: 21 min, 9 GiB of files, about 1")
    assert line.endswith(f"MB/s over the transfer, about {told['cost']['once']:.2f} CNY")


def test_one_that_nobody_watched_has_the_speed_of_its_whole_run(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    inputs = migrator.wave_inputs(jobs, moves={"web-1": WEB_1}, wait=False)
    outputs = migrator.driven(inputs)
    assert "actual" not in outputs["results"]["web-1"]
    migrator.clock.sleep(4 * 3600)
    for recorded in (
        wave_run.refresh(inputs, outputs, migrator.context),
        migrator.driven(inputs, outputs),
    ):
        told = actual(recorded)
        assert told["speed_over"] == "run"
        assert told["bytes_per_second"] == pytest.approx(9 * GIB / told["seconds"], rel=0.01)
        assert "cost" not in told


def test_of_whole_disks_it_is_an_upper_limit(migrator: Migrator) -> None:
    jobs = migrator.prepared("web-1")
    told = actual(migrator.driven(migrator.wave_inputs(jobs, prices=PRICES)))
    assert (told["volume_bytes"], told["volume_of"]) == (40 * GIB, "disks")
    (line,) = [line for line in migrator.lines if "is migrated" in line]
    assert "40 GiB of disks, at most " in line
    assert line.endswith(f"MB/s over the transfer, at most {told['cost']['once']:.2f} CNY")
