"""Incremental jobs: runs at intervals, images that are kept, cutting over."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from Tea.exceptions import TeaException

from emulator.ecs.tables import Image, Instance
from emulator.smc import client
from tests.support.cloud import Cloud
from tests.support.smc_calls import DAY, HOUR, LONGER_THAN_A_RUN, WHILE_SYNCING, Smc


@pytest.fixture
def smc(cloud: Cloud) -> Smc:
    return Smc(cloud)


def waiting(smc: Smc, **options: object) -> str:
    """A job that has run once."""
    job_id = smc.incremental(smc.source(), image_name="web", **options)
    smc.start(job_id)
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.job(job_id).status == "Waiting"
    return job_id


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def pauses(smc: Smc, job_id: str) -> list[timedelta]:
    """From the end of each run to the start of the next."""
    pairs = pairwise(smc.runs(job_id))
    return [moment(later.start_time) - moment(earlier.end_time) for earlier, later in pairs]


def test_it_waits_between_runs_and_runs_again_after_the_interval(smc: Smc) -> None:
    job_id = waiting(smc)
    (first,) = smc.runs(job_id)
    assert (first.type, bool(first.image_id)) == ("Manual", True)
    smc.pass_time(12 * HOUR)
    first, second = smc.runs(job_id)
    assert second.type == "Schedule"
    assert pauses(smc, job_id) == [timedelta(hours=12)]
    assert second.image_id not in {None, first.image_id}
    job = smc.job(job_id)
    assert (job.run_once, job.frequency, job.image_id) == (False, 12, second.image_id)


def test_a_later_run_sends_less_and_makes_a_whole_image(smc: Smc) -> None:
    job_id = waiting(smc)
    smc.pass_time(12 * HOUR)
    lengths = [moment(r.end_time) - moment(r.start_time) for r in smc.runs(job_id)]
    assert lengths[1] < lengths[0]
    images = [image for image in smc.world.table(Image) if image.name.startswith("web")]
    assert [image.disk_sizes_gib for image in images] == [[40], [40]]


def test_the_oldest_images_that_nothing_uses_are_deleted(smc: Smc) -> None:
    job_id = waiting(smc)
    assert smc.image_names() == ["web_CYCLE_1"]
    smc.pass_time(13 * HOUR)
    assert smc.image_names() == ["web_CYCLE_1", "web_CYCLE_2"]
    smc.pass_time(13 * HOUR)
    assert smc.image_names() == ["web_CYCLE_2", "web_CYCLE_3"]
    (oldest,) = smc.world.table(Image).find(name="web_CYCLE_2")
    some = next(iter(smc.world.table(Instance)))
    with smc.world.transaction():
        smc.world.table(Instance).put(replace(some, image_id=oldest.image_id))
    smc.pass_time(13 * HOUR)
    assert smc.image_names() == ["web_CYCLE_2", "web_CYCLE_4"]
    assert len(smc.runs(job_id)) == 4


def test_the_number_of_images_can_be_changed_while_it_waits(smc: Smc) -> None:
    job_id = waiting(smc)
    smc.modify(job_id, max_number_of_image_to_keep=1)
    assert smc.image_names() == ["web_CYCLE_1"]
    smc.pass_time(13 * HOUR)
    assert smc.image_names() == ["web_CYCLE_2"]


def test_a_changed_interval_counts_from_the_end_of_the_next_run(smc: Smc) -> None:
    job_id = waiting(smc)
    smc.modify(job_id, frequency=1)
    smc.pass_time(14 * HOUR)
    first, second, *_ = pauses(smc, job_id)
    assert (first, second) == (timedelta(hours=12), timedelta(hours=1))


def test_the_transition_instance_is_kept_between_runs(smc: Smc) -> None:
    waiting(smc)
    (between,) = smc.transition_instances()
    smc.pass_time(12 * HOUR)
    assert [i.instance_id for i in smc.transition_instances()] == [between.instance_id]


def test_cutting_over_without_data_releases_and_finishes(smc: Smc) -> None:
    job_id = waiting(smc)
    smc.cut_over(job_id)
    job = smc.job(job_id)
    assert (job.status, job.business_status) == ("Running", "Cleaning")
    smc.pass_time(60)
    assert smc.job(job_id).status == "Finished"
    assert (len(smc.runs(job_id)), smc.image_names()) == (1, ["web_CYCLE_1"])
    assert smc.transition_instances() == []
    smc.pass_time(DAY)
    assert len(smc.runs(job_id)) == 1


def test_cutting_over_with_data_runs_once_more(smc: Smc) -> None:
    job_id = waiting(smc)
    smc.cut_over(job_id, sync_data=True)
    assert smc.job(job_id).business_status == "Preparing"
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.job(job_id).status == "Finished"
    assert smc.image_names() == ["web_CYCLE_1", "web_CYCLE_2"]
    assert [bool(run.end_time) for run in smc.runs(job_id)] == [True, True]
    assert smc.transition_instances() == []


def test_only_a_final_sync_needs_the_source(smc: Smc) -> None:
    job_id = waiting(smc)
    with smc.world.transaction():
        client.lose_client(smc.world, smc.source_row(smc.job(job_id).source_id))
    with pytest.raises(TeaException, match=r"SourceServerState\.Invalid"):
        smc.cut_over(job_id, sync_data=True)
    smc.cut_over(job_id)
    smc.pass_time(60)
    assert smc.job(job_id).status == "Finished"


def test_a_run_that_is_due_without_its_source_is_an_error_and_can_be_repeated(smc: Smc) -> None:
    job_id = waiting(smc)
    source = smc.source_row(smc.job(job_id).source_id)
    with smc.world.transaction():
        client.lose_client(smc.world, source)
    smc.pass_time(12 * HOUR)
    job = smc.job(job_id)
    assert (job.status, job.error_code) == ("InError", "SourceServer.Offline")
    with smc.world.transaction():
        client.regain_client(smc.world, smc.source_row(source.source_id))
    smc.start(job_id)
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.job(job_id).status == "Waiting"


def test_a_stopped_run_goes_on_and_then_waits(smc: Smc) -> None:
    job_id = smc.incremental(smc.source())
    smc.start(job_id)
    smc.pass_time(WHILE_SYNCING)
    smc.stop(job_id)
    smc.start(job_id)
    assert smc.job(job_id).business_status == "Syncing"
    smc.pass_time(LONGER_THAN_A_RUN)
    assert smc.job(job_id).status == "Waiting"
    first, second = smc.runs(job_id)
    assert (first.image_id, bool(second.image_id)) == (None, True)


def test_one_that_waits_expires_with_its_validity(smc: Smc) -> None:
    job_id = waiting(smc, valid_time=smc.later(7 * DAY))
    smc.pass_time(7 * DAY)
    assert smc.job(job_id).status == "Expired"
    assert smc.transition_instances() == []
    smc.pass_time(7 * DAY)
    assert smc.jobs() == []


def test_a_waiting_job_is_not_started_by_hand(smc: Smc) -> None:
    job_id = waiting(smc)
    with pytest.raises(TeaException, match=r"ReplicationJob\.InvalidStatus"):
        smc.start(job_id)


@pytest.mark.parametrize("missing", ["frequency", "max_number_of_image_to_keep"])
def test_interval_and_number_of_images_are_needed(smc: Smc, missing: str) -> None:
    with pytest.raises(TeaException, match="Missing"):
        smc.incremental(smc.source(), **{missing: None})
