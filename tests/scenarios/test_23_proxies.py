"""Scenario 23: loopback is reached directly whatever proxy is set; elsewhere proxies and NO_PROXY
count.

The other host has a name that resolves nowhere: only a proxy can be asked for it.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from alibabacloud_ecs20140526.client import Client as EcsClient
from alibabacloud_ram20150501.client import Client as RamClient
from alibabacloud_smc20190601 import models as smc
from alibabacloud_smc20190601.client import Client as SmcClient
from alibabacloud_sts20150401.client import Client as StsClient
from alibabacloud_tea_openapi.models import Config

from smc.api.access_tokens import list_access_tokens
from smc.api.instances import describe_instances
from smc.api.sts import get_caller_identity
from smc.connection import is_loopback
from smc.transport import choose_proxy_by_host, proxies_for
from tests.support.cloud import Cloud

OTHER = "smc.migration.invalid"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
CLIENTS = {"sts": StsClient, "ram": RamClient, "ecs": EcsClient, "smc": SmcClient}


class Proxy:
    """Counts what it is asked for, and refuses it."""

    def __init__(self) -> None:
        asked: list[str] = []

        class Handler(BaseHTTPRequestHandler):
            def refuse(self) -> None:
                asked.append(f"{self.command} {self.path.partition('?')[0]}")
                self.send_response(403)
                self.send_header("content-length", "0")
                self.end_headers()

            do_CONNECT = do_GET = do_POST = refuse  # noqa: N815 - the names are the library's

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.asked = asked
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy that no variable names yet, and a network that ends at this machine."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    look_up = socket.getaddrinfo

    def look_up_here(host: Any, *arguments: Any, **options: Any) -> Any:
        if not is_loopback(str(host)):
            raise socket.gaierror(socket.EAI_NONAME, f"no network in this test for {host}")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_here)
    counting = Proxy()
    thread = threading.Thread(target=counting.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield counting
    counting.server.shutdown()
    counting.server.server_close()
    thread.join(5)


def call_other(protocol: str, service: str = "smc") -> None:
    """Call the other host by an SDK; nobody answers."""
    config = Config(
        access_key_id="id",
        access_key_secret="secret",
        endpoint=OTHER,
        protocol=protocol,
        region_id="cn-hangzhou",
    )
    client = CLIENTS[service](config)
    choose_proxy_by_host(client)
    with contextlib.suppress(Exception):
        if service == "smc":
            client.list_access_tokens(smc.ListAccessTokensRequest())
        elif service == "sts":
            client.get_caller_identity()
        elif service == "ram":
            from alibabacloud_ram20150501 import models as ram

            client.list_roles(ram.ListRolesRequest())
        else:
            from alibabacloud_ecs20140526 import models as ecs

            client.describe_regions(ecs.DescribeRegionsRequest())


def call_emulator(cloud: Cloud) -> None:
    clients = cloud.clients("source")
    assert get_caller_identity(clients).account_id == cloud.described["accounts"]["source"]["id"]
    assert describe_instances(clients, "cn-hangzhou")
    assert list_access_tokens(cloud.clients("destination")) == []


@pytest.mark.parametrize("no_proxy", [None, "127.0.0.1", "nothing.invalid"])
@pytest.mark.parametrize("case", [str.upper, str.lower], ids=["UPPER", "lower"])
def test_loopback_is_never_asked_of_a_proxy(
    cloud: Cloud, proxy: Proxy, monkeypatch: pytest.MonkeyPatch, case: Any, no_proxy: str | None
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(case(name), proxy.url)
    if no_proxy is not None:
        monkeypatch.setenv(case("no_proxy"), no_proxy)
    call_emulator(cloud)
    assert proxy.asked == []
    assert cloud.counts["sts:GetCallerIdentity"] == 1


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"])
@pytest.mark.parametrize("protocol", ["HTTP", "HTTPS"])
@pytest.mark.parametrize(
    ("no_proxy", "exempt"),
    [
        (None, False),
        ("127.0.0.1,localhost", False),
        (OTHER, True),
        ("example.com, migration.invalid", True),
        (".invalid", True),
        ("*", True),
    ],
)
@pytest.mark.parametrize("case", [str.upper, str.lower], ids=["UPPER", "lower"])
def test_other_hosts_are_asked_of_the_proxy_of_their_protocol_unless_exempt(
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    protocol: str,
    no_proxy: str | None,
    exempt: bool,
    case: Any,
) -> None:
    monkeypatch.setenv(variable, proxy.url)
    if no_proxy is not None:
        monkeypatch.setenv(case("no_proxy"), no_proxy)
    call_other(protocol)
    concerned = variable.upper() == f"{protocol}_PROXY" and not exempt
    seen = {"HTTP": f"POST http://{OTHER}/", "HTTPS": f"CONNECT {OTHER}:443"}[protocol]
    assert proxy.asked == ([seen] if concerned else [])


@pytest.mark.parametrize("service", CLIENTS)
def test_every_client_is_taught(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", OTHER)
    call_other("HTTPS", service)
    assert proxy.asked == []
    monkeypatch.delenv("NO_PROXY")
    call_other("HTTPS", service)
    assert proxy.asked == [f"CONNECT {OTHER}:443"]


@pytest.mark.parametrize(
    "host", ["127.0.0.1:80", "127.9.9.9", "[::1]:8080", "localhost:1", "LOCALHOST"]
)
def test_what_is_loopback(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    assert proxies_for(f"http://{host}/") == {}


@pytest.mark.parametrize("host", ["localhost.example.com", "128.0.0.1", "127.0.0.1.nip.io"])
def test_what_only_looks_like_it(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://192.0.2.1:3128")
    monkeypatch.delenv("http_proxy", raising=False)
    assert proxies_for(f"http://{host}/")["http"] == "http://192.0.2.1:3128"
