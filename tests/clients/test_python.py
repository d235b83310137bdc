"""Python's clients, in this process."""

import pytest

from tests.clients.client import Client
from tests.clients.python_clients import ClassicCore, OfficialSdks
from tests.clients.walk import Walk
from tests.support.cloud import Cloud, VirtualTime

CLIENTS: dict[str, tuple[Client, set[str]]] = {
    "official": (OfficialSdks(), {"V3 POST query"}),
    "official-async": (OfficialSdks(asynchronous=True), {"V3 POST query"}),
    "official-v1": (OfficialSdks(algorithm="v2"), {"V1 POST query"}),
    "official-v1-async": (OfficialSdks(asynchronous=True, algorithm="v2"), {"V1 POST query"}),
    "classic": (ClassicCore(), {"V1 POST query and body", "V1 POST query"}),
}


@pytest.mark.parametrize("name", CLIENTS)
def test_walk(
    cloud: Cloud, clock: VirtualTime, wire: set[str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    client, sends = CLIENTS[name]
    Walk(cloud, clock, client).all()
    assert wire == sends
