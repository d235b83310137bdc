"""Scenario 26: 200 servers: one poller for all, at most 50 ids a call, bounded calls and memory."""

import gc
import re
import tracemalloc
from collections import Counter
from collections.abc import Callable

import pytest
import requests

from tests.support.answers import action_of, parameters_of, watched
from tests.support.engine_model import Stack
from tests.support.residue import Baseline

SERVERS = 200
LISTED = re.compile(r"(JobId|SourceId|InstanceId|ResourceId)\.\d+")
MOST_IDS = {"RunCommand": 100}
POLLS_AT_LEAST_EVERY_SECONDS = 16
"""The pace of the stack is 20 to 60 seconds, with 20 % of jitter."""


class Memory:
    """Measures what the library keeps from one look at jobs to the next, for some looks."""

    ours = tracemalloc.Filter(True, "*/smc/*")

    def __init__(self, stack: Stack, first_sleep: int, looks: int) -> None:
        self.kib: list[float] = []
        number = 0
        sleep = stack.time.sleep

        def measured(seconds: float) -> None:
            nonlocal number
            number += 1
            if number == first_sleep:
                gc.collect()
                tracemalloc.start()
            sleep(seconds)
            if first_sleep < number <= first_sleep + looks:
                kept = tracemalloc.take_snapshot().filter_traces([self.ours])
                self.kib.append(sum(trace.size for trace in kept.traces) / 1024)
            if number == first_sleep + looks:
                tracemalloc.stop()

        stack.time.sleep = measured  # type: ignore[method-assign]


class Wire:
    """Counts calls, and the ids in each."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.most_ids: Counter[str] = Counter()

    def look(self, request: requests.PreparedRequest, _: requests.Response) -> None:
        action = action_of(request)
        given = parameters_of(request)
        ids = sum(1 for name in given if LISTED.fullmatch(name))
        ids = max(ids, given.get("InstanceIds", "").count('"') // 2)
        self.calls[action] += 1
        self.most_ids[action] = max(self.most_ids[action], ids)


@pytest.mark.parametrize("fleet", [SERVERS], indirect=True)
def test_two_hundred_servers(fleet: Stack, record_property: Callable[[str, object], None]) -> None:
    before = Baseline.of(fleet.cloud.world)
    wire = Wire()
    memory = Memory(fleet, first_sleep=60, looks=6)
    slept = fleet.time.slept
    with watched(wire.look):
        fleet.up()
    assert (fleet.failures, Counter(fleet.results.values())) == ({}, {"Finished": SERVERS})
    too_many = {a: n for a, n in wire.most_ids.items() if n > MOST_IDS.get(a, 50)}
    assert too_many == {}
    # Each server has calls of its own once; what is looked at again and again is shared.
    own = {"CreateReplicationJob": 1, "StartReplicationJob": 1, "ModifySourceServerAttribute": 1}
    assert {action: wire.calls[action] for action in own} == dict.fromkeys(own, SERVERS)
    looks = (fleet.time.slept - slept) / POLLS_AT_LEAST_EVERY_SECONDS
    polls = wire.calls["DescribeReplicationJobs"] + wire.calls["DescribeSourceServers"]
    assert polls <= 2 * looks * SERVERS / 50
    # Beside the latest look nothing is kept that grows with the number of looks.
    assert max(memory.kib[3:]) <= 1.5 * max(memory.kib[:3])
    assert max(memory.kib) < 10 * 1024

    preview = Wire()
    with watched(preview.look):
        assert fleet.preview() == []
    assert preview.calls.total() <= SERVERS / 50 * 2
    refresh = Wire()
    with watched(refresh.look):
        fleet.refresh()
    assert refresh.calls.total() <= SERVERS / 50 * 4
    destroy = Wire()
    with watched(destroy.look):
        fleet.destroy()
    assert before.left(fleet.cloud.world) == set()
    assert destroy.calls["DeleteReplicationJob"] == SERVERS
    record_property(
        "calls",
        f"up {wire.calls.total()}, preview {preview.calls.total()},"
        f" refresh {refresh.calls.total()}, destroy {destroy.calls.total()};"
        f" {max(memory.kib):.0f} KiB kept while jobs are waited for",
    )
