"""The emulator of the dev stack: one background process, its files below `.local`.

The address goes to a file that Pulumi.dev.yaml names; the access keys go to a file in the format of
the Alibaba Cloud CLI, one profile a side. Both can be read by their owner only.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

START_SECONDS = 30.0
STOP_SECONDS = 10.0
CONTROL_TOKEN_HEADER = "x-emulator-control-token"  # noqa: S105 - the name of a header


class EmulatorError(Exception):
    """The emulator does not start or stop; says what it said."""


@dataclass(frozen=True)
class LocalEmulator:
    """The emulator whose files are in `folder`.

    Args:
        folder: `.local` for the dev stack.
        speed: virtual seconds a real second.
        world: world file of a new world; the emulator's default if None.
        seed: of a new world: its ids follow from it; random if None.
        begins: virtual time of a new world, UTC; now if None.
    """

    folder: Path
    speed: float = 600.0
    world: Path | None = None
    seed: str | None = None
    begins: datetime | None = None

    @property
    def address_file(self) -> Path:
        """What `emulator:` in the settings names."""
        return self.folder / "emulator.json"

    @property
    def credentials_file(self) -> Path:
        """What `credentials.file` in the settings names."""
        return self.folder / "credentials.json"

    def start(self) -> dict[str, Any]:
        """Start it unless it runs, and return its address, accounts and control token.

        Raises:
            EmulatorError: it does not come up.
        """
        running = self.description()
        if running is not None:
            return running
        self.folder.mkdir(parents=True, exist_ok=True)
        described = self._launch(self._last_port())
        _write_private(self.credentials_file, _profiles(described["accounts"]))
        _write_private(self.address_file, described)
        return described

    def stop(self) -> None:
        """Stop it if it runs; its world stays for the next start."""
        running = self.description()
        if running is None:
            return
        os.kill(running["pid"], signal.SIGTERM)
        end = time.monotonic() + STOP_SECONDS
        while time.monotonic() < end:
            if self.description() is None:
                return
            time.sleep(0.05)
        raise EmulatorError(f"the emulator (process {running['pid']}) does not stop")

    def reset(self) -> None:
        """Stop it and forget its world."""
        self.stop()
        for path in self.folder.glob("emulator.*"):
            path.unlink()

    def description(self) -> dict[str, Any] | None:
        """What the running emulator said of itself; None if it does not run."""
        return running_description(self.address_file)

    def call_counts(self) -> dict[str, int]:
        """How often each action was called, by `service:Action`."""
        counts: dict[str, int] = self.control("GET", "ledger")["counts"]
        return counts

    def control(self, method: str, path: str, members: Any = None) -> Any:
        """The answer of the control interface, started if need be; docs/emulator.md has its paths.

        Raises:
            requests.HTTPError: it refuses.
        """
        described = self.start()
        answer = _direct().request(
            method,
            f"{described['endpoint']}/-/{path}",
            headers={CONTROL_TOKEN_HEADER: described["control_token"]},
            json=members,
            timeout=30,
        )
        answer.raise_for_status()
        return answer.json()

    def _last_port(self) -> int:
        """The port of the last start: the state of a stack remembers it."""
        try:
            described = json.loads(self.address_file.read_text(encoding="utf-8"))
            return int(described["endpoint"].rpartition(":")[2])
        except (OSError, ValueError, KeyError):
            return 0

    def _launch(self, port: int) -> dict[str, Any]:
        command = [sys.executable, "-m", "emulator", "serve", "--port", str(port)]
        command += ["--state", str(self.folder / "emulator.sqlite"), "--speed", str(self.speed)]
        command += ["--world", str(self.world)] if self.world else []
        command += ["--seed", self.seed] if self.seed else []
        command += ["--start", f"{self.begins:%Y-%m-%dT%H:%M:%S}"] if self.begins else []
        log = self.folder / "emulator.log"
        with log.open("w", encoding="utf-8") as errors:
            process = subprocess.Popen(  # noqa: S603 - our own module
                command, stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True
            )
        if process.stdout is None:
            raise EmulatorError("the emulator has no output")
        line = process.stdout.readline()
        process.stdout.close()
        if not line:
            said = log.read_text(encoding="utf-8").strip()
            raise EmulatorError(f"the emulator did not start: {said or 'it said nothing'}")
        described: dict[str, Any] = json.loads(line)
        return {**described, "pid": process.pid}


def running_description(address_file: Path) -> dict[str, Any] | None:
    """What the emulator of an address file said of itself; None if it does not run."""
    try:
        described: dict[str, Any] = json.loads(address_file.read_text(encoding="utf-8"))
        _direct().get(
            f"{described['endpoint']}/-/ledger",
            headers={CONTROL_TOKEN_HEADER: described["control_token"]},
            timeout=5,
        ).raise_for_status()
    except (OSError, ValueError, KeyError):
        return None
    return described


def _direct() -> requests.Session:
    """A session that goes to loopback directly, whatever proxy is set."""
    session = requests.Session()
    session.trust_env = False
    return session


def _profiles(accounts: dict[str, Any]) -> dict[str, Any]:
    """The accounts as profiles of the Alibaba Cloud CLI."""
    profiles = [
        {
            "name": side,
            "mode": "AK",
            "access_key_id": account["access_key_id"],
            "access_key_secret": account["access_key_secret"],
            "region_id": "cn-hangzhou",
            "output_format": "json",
            "language": "en",
        }
        for side, account in accounts.items()
    ]
    return {"current": "destination", "profiles": profiles}


def _write_private(path: Path, content: dict[str, Any]) -> None:
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(content, indent=1), encoding="utf-8")
    new.replace(path)
