"""Calls keep their connections, share what they make, and can be made by many threads at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from emulator.http.connection import Connection
from smc.api.access_tokens import list_access_tokens
from smc.api.instances import describe_instances
from smc.api.source_servers import describe_source_servers
from smc.api.sts import get_caller_identity
from smc.clients import Clients
from tests.support.cloud import Cloud, VirtualTime
from tests.support.faults import arm, outcomes

WORKERS = 4
"""As many as a Pulumi provider process has."""


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[Connection]:
    """Every connection that is made to an emulator from now on."""
    made: list[Connection] = []
    original = Connection.connection_made

    def connection_made(self: Connection, transport: Any) -> None:
        made.append(self)
        original(self, transport)

    monkeypatch.setattr(Connection, "connection_made", connection_made)
    return made


def test_calls_one_after_the_other_take_one_connection(
    cloud: Cloud, connected: list[Connection]
) -> None:
    """Whatever the service, the region and the clients."""
    for side in ("destination", "source", "destination"):
        clients = cloud.clients(side)
        for _ in range(10):
            get_caller_identity(clients)
            describe_instances(clients, "cn-hangzhou")
            describe_instances(clients, "ap-northeast-1")
            list_access_tokens(clients)
    assert sum(cloud.counts.values()) == 120
    assert len(connected) == 1


def test_threads_take_a_connection_each(cloud: Cloud, connected: list[Connection]) -> None:
    clients = cloud.clients("destination")
    with ThreadPoolExecutor(WORKERS) as workers:
        list(workers.map(lambda _: describe_source_servers(clients), range(200)))
    assert cloud.counts["smc:DescribeSourceServers"] == 200
    assert len(connected) <= WORKERS


def test_a_connection_that_broke_is_replaced(
    cloud: Cloud, clock: VirtualTime, connected: list[Connection]
) -> None:
    clients = cloud.clients("destination", clock)
    list_access_tokens(clients)
    arm(cloud, "reset", count=2)
    list_access_tokens(clients)
    list_access_tokens(clients)
    assert outcomes(cloud) == ["OK", "ConnectionDropped", "ConnectionDropped", "OK", "OK"]
    assert len(connected) == 3


def test_threads_that_come_first_together_share_clients_and_connections(
    cloud: Cloud, connected: list[Connection]
) -> None:
    clients = cloud.clients("destination")
    together = threading.Barrier(8)

    def first_call(number: int) -> list[int]:
        together.wait(10)
        describe_instances(clients, "ap-northeast-1")
        list_access_tokens(clients)
        return [id(clients.ecs("ap-northeast-1")), id(clients.smc())]

    with ThreadPoolExecutor(8) as workers:
        made = list(workers.map(first_call, range(8)))
    assert all(each == made[0] for each in made)
    assert set(outcomes(cloud)) == {"OK"}
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(lambda _: list_access_tokens(clients), range(80)))
    assert len(connected) <= 8


def test_clients_of_an_account_share_its_budget(cloud: Cloud) -> None:
    first, second = cloud.clients("destination"), Clients(cloud.connection("destination"))
    assert first.budget is second.budget
    assert first.budget is not cloud.clients("source").budget
