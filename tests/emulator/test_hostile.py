"""Requests meant to harm: refused, nothing changed, and the emulator answers the next one."""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest

from emulator.http import connection
from emulator.world.snapshot import Snapshot, take_snapshot
from smc.policies import account_principal, trust_policy
from tests.support.cloud import DESTINATION, Cloud
from tests.support.raw import signed
from tests.support.wire import Wire

MIB = 1024 * 1024
PATIENCE_SECONDS = 0.2


def account(cloud: Cloud) -> dict[str, str]:
    found: dict[str, str] = cloud.described["accounts"]["source"]
    return found


def get(target: str, *headers: str, host: str = "127.0.0.1") -> bytes:
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", *headers, "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def post(body: bytes, *headers: str, target: str = "/") -> bytes:
    lines = [f"POST {target} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def create_user(cloud: Cloud, **given: str) -> str:
    """A request that would change the world, as the target of a GET."""
    return f"/?{urlencode(signed(account(cloud), 'ram', 'CreateUser', UserName='eve', **given))}"


@pytest.fixture
def untouched(cloud: Cloud) -> Any:
    """At the end the world must be as it was, and answer."""
    before = take_snapshot(cloud.world)
    yield
    assert_untouched(cloud, before)


def assert_untouched(cloud: Cloud, before: Snapshot) -> None:
    assert take_snapshot(cloud.world) == before
    wire = Wire(cloud.described["endpoint"])
    status, _ = wire.ask(get(f"/?{urlencode(signed(account(cloud), 'sts', 'GetCallerIdentity'))}"))
    wire.close()
    assert status == 200


TRUST = trust_policy(account_principal(DESTINATION))
HALF_PAIR = '[{"Key": "\\ud800", "Value": "x"}]'
FORM = "Content-Type: application/x-www-form-urlencoded"
CHUNKED = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n"

HOSTILE: dict[str, tuple[int, str, Callable[[Cloud], bytes]]] = {
    "another signature": (
        400,
        "SignatureDoesNotMatch",
        lambda cloud: get(create_user(cloud).replace("UserName=eve", "UserName=mallory")),
    ),
    "old timestamp": (
        400,
        "InvalidTimeStamp.Expired",
        lambda cloud: get(create_user(cloud, Timestamp="2020-01-01T00:00:00Z")),
    ),
    "a timestamp of the far future": (
        400,
        "InvalidTimeStamp.Expired",
        lambda cloud: get(create_user(cloud, Timestamp="9999-12-31T23:59:59Z")),
    ),
    "no time at all": (
        400,
        "InvalidTimeStamp.Format",
        lambda cloud: get(create_user(cloud, Timestamp="Tue, 99 Foo 2020 99:99:99 -9999")),
    ),
    "unknown key": (
        404,
        "InvalidAccessKeyId.NotFound",
        lambda cloud: get(create_user(cloud).replace("AccessKeyId=", "AccessKeyId=x")),
    ),
    "another host": (
        400,
        "InvalidHost",
        lambda cloud: get(create_user(cloud), host="evil.example"),
    ),
    "another host that begins well": (
        400,
        "InvalidHost",
        lambda cloud: get(create_user(cloud), host="127.0.0.1.evil.example"),
    ),
    "another host for the control interface": (
        400,
        "InvalidHost",
        lambda cloud: get(
            "/-/ledger",
            f"x-emulator-control-token: {cloud.described['control_token']}",
            host="evil.example",
        ),
    ),
    "a body over the limit": (413, "RequestTooLarge", lambda _: post(b"a" * (MIB + 1), FORM)),
    "a chunked body over the limit": (
        413,
        "RequestTooLarge",
        lambda _: (
            CHUNKED
            + b"\r\n"
            + b"10000\r\n"
            + b"a" * 65536
            + b"\r\n"
            + (b"10000\r\n" + b"a" * 65536 + b"\r\n") * 16
            + b"0\r\n\r\n"
        ),
    ),
    "a form that is not UTF-8": (400, "InvalidParameter", lambda _: post(b"a=%ff%fe", FORM)),
    "raw bytes as a form": (400, "InvalidParameter", lambda _: post(b"\xff\x00\x9f=1", FORM)),
    "half of a surrogate pair": (
        400,
        "InvalidParameter",
        lambda cloud: get(
            "/?"
            + urlencode(
                signed(
                    account(cloud),
                    "ram",
                    "CreateRole",
                    RoleName="eve",
                    AssumeRolePolicyDocument=TRUST,
                    Tag=HALF_PAIR,
                )
            )
        ),
    ),
    "a million dots": (400, "", lambda _: post(b"." * 500_000 + b"=1", FORM)),
    "many parameters": (400, "", lambda _: post(b"&".join([b"a=1"] * 100_000), FORM)),
    "a chunk of no size": (400, "", lambda _: CHUNKED + b"\r\nxyz\r\n"),
    "two lengths": (400, "", lambda _: CHUNKED + b"Content-Length: 4\r\n\r\nzzzz\r\n"),
    "a flood of headers": (400, "", lambda _: get("/", *["X-Flood: " + "a" * 1000] * 1000)),
    "a request line without end": (400, "", lambda _: b"GET /" + b"a" * MIB),
    "no HTTP": (400, "", lambda _: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    "a method of its own": (
        400,
        "UnsupportedHTTPMethod",
        lambda _: b"PATCH / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    ),
}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("name", HOSTILE)
def test_refused(cloud: Cloud, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    status, code, made = HOSTILE[name]
    wire = Wire(cloud.described["endpoint"])
    got, body = wire.ask(made(cloud))
    wire.close()
    # What is no HTTP may be cut off without an answer.
    assert got == status or (got == 0 and not code), (got, body)
    assert code.encode() in body
    assert "Traceback" not in capfd.readouterr().err


def test_a_replayed_request_is_refused(cloud: Cloud) -> None:
    wire = Wire(cloud.described["endpoint"])
    request = get(create_user(cloud))
    assert wire.ask(request)[0] == 200
    before = take_snapshot(cloud.world)
    status, body = wire.ask(request)
    wire.close()
    assert (status, b"SignatureNonceUsed" in body) == (400, True)
    assert_untouched(cloud, before)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("begun", [b"", b"GET / HT", CHUNKED + b"\r\n2\r\nab"])
def test_a_request_that_does_not_end_is_cut_off(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(connection, "REQUEST_SECONDS", PATIENCE_SECONDS)
    address = ("127.0.0.1", int(cloud.described["endpoint"].rpartition(":")[2]))
    with socket.create_connection(address, timeout=20) as slow:
        slow.sendall(begun)
        with suppress(ConnectionResetError):
            assert slow.recv(1024) == b""
