"""`python -m emulator serve` as a process: its ready line, its refusals, and a crash."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from smc.api import access_tokens
from smc.clients import Clients
from smc.connection import Connection


def serve(*arguments: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "emulator", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    return process, json.loads(line) if line else {}


def clients_of(described: dict[str, Any], folder: Path) -> Clients:
    account = described["accounts"]["destination"]
    profile = {"name": "d", "mode": "AK"} | {
        k: account[k] for k in ("access_key_id", "access_key_secret")
    }
    (folder / "credentials.json").write_text(json.dumps({"profiles": [profile]}))
    (folder / "emulator.json").write_text(json.dumps(described))
    return Clients(
        Connection(
            account=account["id"],
            region="ap-northeast-1",
            profile="d",
            credentials_file=str(folder / "credentials.json"),
            emulator=str(folder / "emulator.json"),
        )
    )


def test_ready_line_has_endpoint_and_both_accounts() -> None:
    process, described = serve()
    try:
        assert described["endpoint"].startswith("http://127.0.0.1:")
        for side in ("source", "destination"):
            assert {"id", "access_key_id", "access_key_secret"} <= described["accounts"][
                side
            ].keys()
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "example.com", "::"])
def test_only_loopback(host: str) -> None:
    process, described = serve("--host", host)
    _, said = process.communicate(timeout=20)
    assert described == {}
    assert process.returncode == 2
    assert "loopback only" in said
    assert "Traceback" not in said


def test_a_bad_world_file_is_refused_with_its_problems(tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text("accounts: {source: {id: '12', login: a, users: {}, colour: red}}")
    process, _ = serve("--world", str(world))
    _, said = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "accounts.source.id" in said
    assert "accounts.source.colour" in said
    assert "Traceback" not in said


def test_acknowledged_changes_survive_a_kill(tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite")
    process, described = serve("--state", state)
    clients = clients_of(described, tmp_path)
    code = access_tokens.create_access_token(clients, "kept", 3, 2)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
    again, described = serve("--state", state)
    try:
        (kept,) = access_tokens.list_access_tokens(clients_of(described, tmp_path))
        assert kept.access_token_id == code.access_token_id
    finally:
        again.send_signal(signal.SIGTERM)
        again.communicate(timeout=10)


def test_one_state_file_serves_one_emulator(tmp_path: Path) -> None:
    state = str(tmp_path / "state.sqlite")
    process, _ = serve("--state", state)
    try:
        second, _ = serve("--state", state)
        _, said = second.communicate(timeout=20)
        assert second.returncode == 2
        assert "another emulator" in said
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=10)
