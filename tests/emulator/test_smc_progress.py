"""A listing keeps what it has encoded; the progress that it shows is that of the moment."""

from datetime import timedelta

from emulator.smc.phases import changes_at, progress_at
from tests.support.cloud import Cloud
from tests.support.smc_calls import Smc


def test_the_progress_listed_is_that_of_the_moment(cloud: Cloud) -> None:
    smc = Smc(cloud)
    job_id = smc.create(smc.source())
    smc.start(job_id)
    listed = []
    for _ in range(60):
        smc.pass_time(7.3)
        listed.append(float(smc.job(job_id).progress))
        assert listed[-1] == progress_at(smc.world.now, smc.row(job_id))
    assert len(set(listed)) > 30
    assert listed == sorted(listed)


def test_progress_stays_until_it_is_said_to_change(cloud: Cloud) -> None:
    smc = Smc(cloud)
    job_id = smc.create(smc.source())
    smc.start(job_id)
    smc.pass_time(300)
    job, now = smc.row(job_id), smc.world.now
    for _ in range(200):
        shown, until = progress_at(now, job), changes_at(now, job)
        assert until > now
        assert progress_at(until - timedelta(milliseconds=1), job) == shown
        assert progress_at(until + timedelta(milliseconds=1), job) > shown
        now = until + timedelta(milliseconds=1)
