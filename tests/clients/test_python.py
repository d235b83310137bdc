"""Python's clients, in this process."""

import pytest

from tests.clients.client import Client
from tests.clients.python_clients import ClassicCore, OfficialSdks
from tests.clients.walk import Walk
from tests.support.cloud import Cloud, VirtualTime

CLIENTS: dict[str, Client] = {
    "official": OfficialSdks(),
    "official-async": OfficialSdks(asynchronous=True),
    "official-v1": OfficialSdks(algorithm="v2"),
    "official-v1-async": OfficialSdks(asynchronous=True, algorithm="v2"),
    "classic": ClassicCore(),
}


@pytest.mark.parametrize("name", CLIENTS)
def test_walk(cloud: Cloud, clock: VirtualTime, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for variable in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    Walk(cloud, clock, CLIENTS[name]).all()
