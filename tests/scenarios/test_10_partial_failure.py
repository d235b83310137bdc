"""Scenario 10: server 7 of 20 fails; the others arrive, and the next run touches that one alone."""

from collections import Counter

import requests

from emulator.http.incidents import JobFailure
from emulator.smc.tables import ReplicationJob, SourceServer
from tests.support.answers import action_of, parameters_of, watched
from tests.support.engine_model import Stack
from tests.support.faults import happen
from tests.support.fleet import instance_id, names
from tests.support.residue import Baseline
from tests.support.smc_calls import Smc

SEVENTH = names(20)[6]
CHANGING = ("Create", "Start", "Stop", "Delete", "Modify", "Tag", "Untag", "Run", "CutOver")


def touched(stack: Stack) -> Counter[tuple[str, str]]:
    """What an update changes: (action, server whose object it is; empty for all or none)."""
    calls: list[tuple[str, str]] = []

    def look(request: requests.PreparedRequest, _: requests.Response) -> None:
        given = parameters_of(request)
        subject = (given.get(name, "") for name in ("JobId", "SourceId", "ResourceId.1"))
        calls.append((action_of(request), next(filter(None, subject), "")))

    with watched(look):
        stack.up()
    world = stack.cloud.world
    names_of = {source.source_id: source.name for source in world.table(SourceServer)}
    for job in world.table(ReplicationJob):
        names_of |= {job.job_id: job.name, job.transition_instance_id: job.name}
    return Counter(
        (action, names_of.get(subject, subject))
        for action, subject in calls
        if action.startswith(CHANGING)
    )


def test_nineteen_arrive_and_the_next_run_touches_the_seventh_alone(fleet: Stack) -> None:
    happen(
        fleet.cloud,
        JobFailure(kind="job_failure", subject=instance_id(SEVENTH), at_percent=40),
    )
    fleet.up()
    assert Counter(fleet.results.values()) == {"Finished": 19, "InError": 1}
    assert fleet.failures.keys() == {SEVENTH}
    reason = fleet.failures[SEVENTH]
    for part in ("InError at 40 %", "S1: Rsync not found", "Likely cause: ", "Fix: "):
        assert part in reason
    assert fleet.preview() == ["change wave"]

    changes = touched(fleet)
    assert changes["StartReplicationJob", SEVENTH] == 1
    assert {server for _, server in changes} == {SEVENTH}
    assert Counter(fleet.results.values()) == {"Finished": 20}
    assert fleet.preview() == []


def test_a_server_that_cannot_be_imported_holds_up_nobody(fleet: Stack) -> None:
    """There is no instance of this name."""
    fleet.servers[SEVENTH]["select"] = {"name": "nobody"}
    fleet.up()
    assert Counter(fleet.results.values()) == {"Finished": 19}
    assert fleet.failures.keys() == {SEVENTH}
    assert "Fix: " in fleet.failures[SEVENTH]
    fleet.servers[SEVENTH]["select"] = {"name": SEVENTH}
    changes = touched(fleet)
    assert changes["StartReplicationJob", SEVENTH] == 1
    assert {server for _, server in changes} == {SEVENTH, ""}
    assert Counter(fleet.results.values()) == {"Finished": 20}


def test_a_job_that_smc_refuses_holds_up_nobody(fleet: Stack) -> None:
    """Somebody else's job is to make an image of the same name."""
    smc = Smc(fleet.cloud)
    foreign = smc.create(smc.source("i-target0files"), image_name=f"{SEVENTH}-image")
    fleet.up()
    assert Counter(fleet.results.values()) == {"Finished": 19}
    assert fleet.failures.keys() == {SEVENTH}
    reason = fleet.failures[SEVENTH]
    assert reason.startswith("its replication job could not be created. ")
    for part in ("ImageName.UsedByReplicationJob", "(request ", "Likely cause: ", "Fix: "):
        assert part in reason
    assert fleet.preview() == [f"change {SEVENTH}", "change wave"]

    smc.delete(foreign)
    fleet.time.sleep(60)
    changes = touched(fleet)
    assert fleet.operations == [f"replace {SEVENTH}", "update wave"]
    assert changes["CreateReplicationJob", SEVENTH] == 1
    assert {server for _, server in changes} == {SEVENTH}
    assert Counter(fleet.results.values()) == {"Finished": 20}
    assert fleet.preview() == []


def test_a_target_that_is_not_there_holds_up_nobody(fleet: Stack) -> None:
    fleet.servers[SEVENTH]["target"] = {"instance": "i-none", "acknowledge": "i-none"}
    fleet.up()
    assert Counter(fleet.results.values()) == {"Finished": 19}
    assert fleet.failures[SEVENTH].startswith("target instance i-none does not exist in ")
    assert "Fix: correct servers.node-006.target." in fleet.failures[SEVENTH]
    fleet.servers[SEVENTH]["target"] = {"image": f"{SEVENTH}-image"}
    fleet.up()
    assert Counter(fleet.results.values()) == {"Finished": 20}
    fleet.destroy()


def test_what_was_refused_is_destroyed_like_anything_else(stack: Stack) -> None:
    before = Baseline.of(stack.cloud.world)
    stack.servers["web-2"]["target"] = {"instance": "i-none", "acknowledge": "i-none"}
    stack.up()
    stack.refresh()
    assert stack.failures.keys() == {"web-2"}
    stack.destroy()
    assert before.left(stack.cloud.world) == set()
