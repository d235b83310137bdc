"""An emulated cloud in a thread of the test, and the files through which clients find it."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import uvicorn.server

from emulator.__main__ import description
from emulator.http.server import Server
from emulator.services import load_services
from emulator.world import World
from emulator.world_file import WorldFile, load_world_file
from smc.clients import Clients
from smc.clock import Clock
from smc.connection import Connection

DEMO_WORLD = Path(__file__).parents[2] / "emulator" / "worlds" / "demo.yaml"
SOURCE, DESTINATION = "1000000000000001", "2000000000000002"
REGIONS = {"source": "cn-hangzhou", "destination": "ap-northeast-1"}


class _Impatient:
    """asyncio for uvicorn's server, which looks ten times a second whether it is to end.

    Most tests are over sooner than that.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(_: float) -> None:
        await asyncio.sleep(0.005)


uvicorn.server.asyncio = _Impatient()  # type: ignore[assignment, attr-defined]


class Cloud:
    """A running emulator, with an address file and a credentials file in `folder`."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.world = server.world
        self.folder = folder
        self.described: dict[str, Any] = description(server)
        self.address_file = folder / "emulator.json"
        self.credentials_file = folder / "credentials.json"
        self.address_file.write_text(json.dumps(self.described))
        self.write_credentials()

    @property
    def counts(self) -> dict[str, int]:
        """Calls so far by `service:Action`."""
        return self.server.gateway.ledger.counts()

    def write_credentials(self, **secrets: str) -> None:
        """Write the profiles; a side named here gets another secret."""
        accounts = self.described["accounts"]
        profiles = [
            {
                "name": side,
                "mode": "AK",
                "access_key_id": account["access_key_id"],
                "access_key_secret": secrets.get(side, account["access_key_secret"]),
                "region_id": REGIONS[side],
            }
            for side, account in accounts.items()
        ]
        self.credentials_file.write_text(json.dumps({"current": "source", "profiles": profiles}))

    def connection(self, side: str) -> Connection:
        """Where calls of a side go."""
        return Connection(
            account=self.described["accounts"][side]["id"],
            region=REGIONS[side],
            profile=side,
            credentials_file=str(self.credentials_file),
            emulator=str(self.address_file),
        )

    def clients(self, side: str, clock: Clock | None = None) -> Clients:
        """Clients of a side."""
        return Clients(self.connection(side), clock)


class VirtualTime:
    """A clock for waits whose sleep lets the emulator's time pass instead of ours.

    Attributes:
        sleeps: seconds of each sleep so far.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.sleeps: list[float] = []

    @property
    def slept(self) -> float:
        """Seconds of all sleeps."""
        return sum(self.sleeps)

    def monotonic(self) -> float:
        return self._world.clock.now().timestamp()

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self._world.clock.advance(seconds)


def demo_world(**changes: Any) -> WorldFile:
    """The demo's world; `settings` and other top-level parts may be replaced."""
    return _demo_world().model_copy(update=changes, deep=True)


@cache
def _demo_world() -> WorldFile:
    return load_world_file(DEMO_WORLD)


@contextmanager
def running_cloud(
    folder: Path,
    world_file: WorldFile,
    speed: float = 0.0,
    *,
    seed: str | None = None,
    start: datetime | None = None,
) -> Iterator[Cloud]:
    """Serve a world in a thread until the block ends. Speed 0: time passes only on request."""
    load_services()
    world = World(speed=speed, seed=seed, start=start)
    with world.transaction():
        world_file.plant(world)
    server = Server(world)
    ready = threading.Event()
    thread = threading.Thread(target=server.run, args=(ready.set,), daemon=True)
    thread.start()
    assert ready.wait(10), "the emulator did not start"
    try:
        yield Cloud(server, folder)
    finally:
        server.stop()
        thread.join(10)
        world.close()
