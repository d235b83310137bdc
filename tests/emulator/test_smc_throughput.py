"""How long the transfer takes: the documented formula, and what is assumed of its parameters."""

import json
from datetime import datetime

import pytest

from tests.support.cloud import Cloud
from tests.support.smc_calls import HOUR, LONGER_THAN_A_RUN, Smc

PREPARING = 180
MEGABITS = 9 * 1024 * 8
"""What the server web-1 holds."""


@pytest.fixture
def smc(cloud: Cloud) -> Smc:
    return Smc(cloud)


def syncing_seconds(smc: Smc, **parameters: object) -> float:
    """How long the first run is Syncing."""
    text = json.dumps(parameters) if parameters else None
    job_id = smc.create(smc.source(), replication_parameters=text)
    smc.start(job_id)
    smc.pass_time(PREPARING)
    row = smc.row(job_id)
    assert row.business_status == "Syncing"
    assert row.phase_from
    assert row.phase_until
    return (row.phase_until - row.phase_from).total_seconds()


@pytest.mark.parametrize(
    ("parameters", "seconds"),
    [
        ({}, MEGABITS / 100),
        ({"bandwidth_limit": 0}, MEGABITS / 100),
        ({"bandwidth_limit": 10}, MEGABITS / 10),
        ({"bandwidth_limit": 500}, MEGABITS / 100),
        ({"compress_level": 10}, MEGABITS / 100 / 2),
        ({"bandwidth_limit": 10, "compress_level": 10}, MEGABITS / 10 / 2),
        ({"checksum": True}, MEGABITS / 100 * 1.2),
    ],
    ids=str,
)
def test_the_transfer_takes_as_long_as_the_page_says(
    smc: Smc, parameters: dict[str, object], seconds: float
) -> None:
    assert syncing_seconds(smc, **parameters) == pytest.approx(seconds, abs=0.001)


def test_a_world_has_another_unit_and_another_network(smc: Smc) -> None:
    smc.setting("smc.bandwidth_limit_unit_mbit", 0.001)
    assert syncing_seconds(smc, bandwidth_limit=2000) == pytest.approx(MEGABITS / 2)


def test_a_world_has_another_bandwidth(smc: Smc) -> None:
    smc.setting("smc.inbound_mbit", 200)
    assert syncing_seconds(smc) == pytest.approx(MEGABITS / 200)


def test_two_servers_take_as_long_as_their_data(smc: Smc) -> None:
    small = smc.create(smc.source("i-source0web1"))
    large = smc.create(smc.source("i-source0app1"))
    for job_id in (small, large):
        smc.start(job_id)
    smc.pass_time(PREPARING + 60)
    assert smc.job(small).progress > smc.job(large).progress


def second_run_seconds(smc: Smc, changed_share_per_hour: float) -> float:
    """How long the second run of an incremental job takes, 10 hours after the first."""
    smc.setting("smc.changed_share_per_hour", changed_share_per_hour)
    job_id = smc.incremental(smc.source(), frequency=10)
    smc.start(job_id)
    smc.pass_time(LONGER_THAN_A_RUN + 10 * HOUR)
    second = smc.runs(job_id)[1]
    lasted = datetime.fromisoformat(second.end_time) - datetime.fromisoformat(second.start_time)
    return lasted.total_seconds()


def test_a_later_run_compares_all_data_and_sends_what_changed(smc: Smc) -> None:
    megabytes = MEGABITS / 8
    compared, image = megabytes / 200, megabytes / 30
    assert second_run_seconds(smc, 0) == pytest.approx(PREPARING + compared + image, abs=2)


def test_no_more_can_have_changed_than_there_is(smc: Smc) -> None:
    megabytes = MEGABITS / 8
    whole = PREPARING + megabytes / 200 + MEGABITS / 100 + megabytes / 30
    assert second_run_seconds(smc, 1) == pytest.approx(whole, abs=2)
