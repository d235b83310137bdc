"""Who may do what in which status, by the tables; and random walks that stay within them."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from Tea.exceptions import TeaException

from emulator.smc import client
from emulator.smc.states import (
    EVERY_STATUS,
    JOB_TRANSITIONS,
    MODIFIABLE,
    NO_JOB,
    SOURCE_TRANSITIONS,
    STATUSES,
    JobState,
)
from emulator.smc.tables import PlannedFailure, ReplicationJob, SourceServer
from emulator.world.history import History
from tests.support.cloud import Cloud
from tests.support.smc_calls import DAY, HOUR, LONGER_THAN_A_RUN, WHILE_SYNCING, Smc

REACHABLE = sorted(EVERY_STATUS)


@pytest.fixture
def smc(cloud: Cloud) -> Smc:
    return Smc(cloud)


def job_in(smc: Smc, status: str) -> str:
    """A job that has come to be in a status."""
    source_id = smc.source()
    job_id = smc.incremental(source_id) if status == "Waiting" else smc.create(source_id)
    if status in {"Ready", "Expired", "Deleting"}:
        if status == "Expired":
            smc.pass_time(30 * DAY)
        if status == "Deleting":
            smc.delete(job_id)
        return job_id
    if status == "InError":
        with smc.world.transaction():
            smc.world.table(PlannedFailure).put(
                PlannedFailure(subject="*", at_percent=40, code="S1", message="Rsync not found.")
            )
    smc.start(job_id)
    smc.pass_time(WHILE_SYNCING if status in {"Running", "Stopped"} else LONGER_THAN_A_RUN)
    if status == "Stopped":
        smc.stop(job_id)
    return job_id


ACTIONS: dict[str, Callable[[Smc, str], None]] = {
    "StartReplicationJob": Smc.start,
    "StopReplicationJob": Smc.stop,
    "CutOverReplicationJob": Smc.cut_over,
    "DeleteReplicationJob": Smc.delete,
}

VALUES: dict[str, Any] = {
    "name": "another",
    "description": "another",
    "frequency": 5,
    "max_number_of_image_to_keep": 3,
    "image_name": "another",
    "system_disk_size": 50,
    "replication_parameters": "{}",
    "net_mode": 0,
}


def test_every_action_on_a_job_is_in_the_table() -> None:
    assert set(ACTIONS) == set(STATUSES)


@pytest.mark.parametrize("status", REACHABLE)
@pytest.mark.parametrize("action", ACTIONS)
def test_actions_are_allowed_by_status(smc: Smc, action: str, status: str) -> None:
    job_id = job_in(smc, status)
    assert smc.job(job_id).status == status
    if status in STATUSES[action]:
        ACTIONS[action](smc, job_id)
        return
    with pytest.raises(TeaException) as refused:
        ACTIONS[action](smc, job_id)
    assert refused.value.code == "ReplicationJob.InvalidStatus"
    assert f"status: {status} is invalid" in refused.value.message


@pytest.mark.parametrize("status", REACHABLE)
def test_attributes_are_modifiable_by_status(smc: Smc, status: str) -> None:
    job_id = job_in(smc, status)
    for name, value in {**VALUES, "valid_time": smc.later(20 * DAY)}.items():
        api_name = "".join(part.capitalize() for part in name.split("_"))
        if status in MODIFIABLE.get(api_name, {"Ready"}):
            smc.modify(job_id, **{name: value})
            continue
        with pytest.raises(TeaException) as refused:
            smc.modify(job_id, **{name: value})
        assert refused.value.code == "ReplicationJob.InvalidStatus", name


@pytest.mark.parametrize("seconds", [10, 1000, 1250])
def test_a_running_job_is_stopped_only_while_it_syncs(smc: Smc, seconds: int) -> None:
    job_id = smc.create(smc.source())
    smc.start(job_id)
    smc.pass_time(seconds)
    assert smc.job(job_id).status == "Running"
    with pytest.raises(TeaException, match=r"ReplicationJob\.InvalidBusinessStatus"):
        smc.stop(job_id)


class Watched(History):
    """Notes every step of a job or source that is committed."""

    def __init__(self) -> None:
        super().__init__()
        self.job_steps: set[tuple[JobState, JobState]] = set()
        self.source_steps: set[tuple[str, str]] = set()

    def record(self, moment: Any, table: Any) -> None:
        super().record(moment, table)
        for key, before in table.before().items():
            after = table.get(key)
            if table.row_class is ReplicationJob:
                steps = tuple(row.state if row else NO_JOB for row in (before, after))
                self.job_steps.add((steps[0], steps[1]))
            if table.row_class is SourceServer:
                states = tuple(row.state if row else "" for row in (before, after))
                self.source_steps.add((states[0], states[1]))


class Walk:
    """Does things at random to three sources and their jobs; refusals are part of it."""

    SERVERS = ("i-source0web1", "i-source0web2", "i-source0files")
    PAUSES = (50, 250, 900, 2 * HOUR, 2 * HOUR, 4 * DAY)

    def __init__(self, smc: Smc, seed: str) -> None:
        self.smc = smc
        self.chance = random.Random(seed)  # noqa: S311 - repeatable, and no secret

    def go(self, steps: int) -> None:
        verbs: list[Callable[[], object]] = [
            lambda: self.smc.source(self.chance.choice(self.SERVERS)),
            lambda: self.smc.create(self.source_id(), valid_time=self.smc.later(8 * DAY)),
            lambda: self.smc.incremental(self.source_id(), frequency=self.chance.choice((1, 30))),
            lambda: self.smc.start(self.job_id()),
            lambda: self.smc.start(self.job_id()),
            lambda: self.smc.stop(self.job_id()),
            lambda: self.smc.cut_over(self.job_id(), sync_data=self.chance.random() < 0.5),
            lambda: self.smc.delete(self.job_id()),
            self.lose_or_regain_a_client,
            self.plan_a_failure,
            *[lambda: self.smc.pass_time(self.chance.choice(self.PAUSES))] * 3,
        ]
        for _ in range(steps):
            with suppress(TeaException):
                self.chance.choice(verbs)()

    def source_id(self) -> str:
        known = [source.source_id for source in self.smc.world.table(SourceServer)]
        return self.chance.choice(known or ["s-none"])

    def job_id(self) -> str:
        known = [job.job_id for job in self.smc.world.table(ReplicationJob)]
        return self.chance.choice(known or ["j-none"])

    def lose_or_regain_a_client(self) -> None:
        world = self.smc.world
        source = world.table(SourceServer).get(self.source_id())
        if source is None:
            return
        offline = source.state == "Unavailable"
        with world.transaction():
            (client.regain_client if offline else client.lose_client)(world, source)

    def plan_a_failure(self) -> None:
        percent = self.chance.choice((10.0, 30.0, 80.0))
        planned = PlannedFailure(subject="*", at_percent=percent, code="S1", message="-")
        with self.smc.world.transaction():
            self.smc.world.table(PlannedFailure).put(planned)


def test_random_walks_take_listed_steps_only_and_most_of_them(smc: Smc) -> None:
    watched = Watched()
    smc.world._history = watched
    Walk(smc, "walk").go(1500)
    job_steps = {step for step in watched.job_steps if step[0] != step[1]}
    source_steps = {step for step in watched.source_steps if step[0] != step[1]}
    assert job_steps <= set(JOB_TRANSITIONS)
    assert source_steps <= set(SOURCE_TRANSITIONS)
    assert len(job_steps) > 0.7 * len(JOB_TRANSITIONS), set(JOB_TRANSITIONS) - job_steps
    assert len(source_steps) > 0.7 * len(SOURCE_TRANSITIONS), set(SOURCE_TRANSITIONS) - source_steps
