"""A listing keeps what it has encoded; the progress that it shows is that of the moment."""

from datetime import timedelta

from emulator.smc.phases import changes_at, progress_at
from emulator.smc.tables import ReplicationJob
from tests.emulator.test_smc_job_lifecycle import create, imported, look, pass_time, start
from tests.support.cloud import Cloud


def job_of(cloud: Cloud, job_id: str) -> ReplicationJob:
    job = cloud.world.table(ReplicationJob).get(job_id)
    assert job is not None
    return job


def test_the_progress_listed_is_that_of_the_moment(cloud: Cloud) -> None:
    job_id = create(cloud, imported(cloud))
    start(cloud, job_id)
    listed = []
    for _ in range(60):
        pass_time(cloud, 7.3)
        listed.append(float(look(cloud, job_id).progress))
        assert listed[-1] == progress_at(cloud.world.now, job_of(cloud, job_id))
    assert len(set(listed)) > 30
    assert listed == sorted(listed)


def test_progress_stays_until_it_is_said_to_change(cloud: Cloud) -> None:
    job_id = create(cloud, imported(cloud))
    start(cloud, job_id)
    pass_time(cloud, 300)
    job, now = job_of(cloud, job_id), cloud.world.now
    for _ in range(200):
        shown, until = progress_at(now, job), changes_at(now, job)
        assert until > now
        assert progress_at(until - timedelta(milliseconds=1), job) == shown
        assert progress_at(until + timedelta(milliseconds=1), job) > shown
        now = until + timedelta(milliseconds=1)
