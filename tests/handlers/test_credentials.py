"""Profiles that get their credentials from another service, which does not answer."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from smc.api.sts import get_caller_identity
from smc.clients import Clients
from smc.connection import Connection
from smc.errors import TransientApiError
from tests.support.cloud import SOURCE
from tests.unit.test_waiters import FakeTime

PROFILES: dict[str, dict[str, Any]] = {
    "role": {
        "mode": "RamRoleArn",
        "access_key_id": "key-of-the-profile",
        "access_key_secret": "secret-of-the-profile",
        "ram_role_arn": f"acs:ram::{SOURCE}:role/runner",
        "ram_session_name": "runner",
        "expired_seconds": 900,
        "sts_region": "cn-hangzhou",
    },
    "instance": {"mode": "EcsRamRole", "ram_role_name": "runner"},
}


@pytest.mark.parametrize("profile", PROFILES)
def test_it_is_told_in_bounded_time_and_without_what_was_sent(
    profile: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    def no_network(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    file = tmp_path / "config.json"
    profiles = [{"name": n, "region_id": "cn-hangzhou", **p} for n, p in PROFILES.items()]
    file.write_text(json.dumps({"current": profile, "profiles": profiles}))
    connection = Connection(
        account=SOURCE, region="cn-hangzhou", profile=profile, credentials_file=str(file)
    )
    clock = FakeTime()
    with pytest.raises(TransientApiError) as raised:
        get_caller_identity(Clients(connection, clock))
    said = str(raised.value)
    assert said.startswith("getting credentials failed. no answer: ")
    assert "no network in this test" in said
    assert "; tried " in said
    assert "Fix: " in said
    assert clock.now <= 120
    printed = capfd.readouterr()
    for text in (said, printed.out, printed.err):
        assert "key-of-the-profile" not in text
        assert "Signature=" not in text
