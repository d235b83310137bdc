"""While jobs run: until so many do, and until they are destroyed."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.fleet.clouds import fleet_cloud, fleet_settings
from bench.fleet.engine import DESTROY, FAST, UP
from bench.fleet.stacks import fleet_stack, floor_stack
from bench.spread import spread
from cli.local_emulator import LocalEmulator
from emulator.smc.lifecycle import DELETING_SECONDS

LATENCY_MILLISECONDS = 80.0
WATCHED_SPEED = 60.0
"""An import takes 3 to 10 virtual minutes, so 3 to 10 seconds."""

LONGEST_SECONDS = 600.0

UNTIL_SYNCING_SECONDS = 300.0
"""Virtual; SMC stops no job that is still preparing."""

DESTROY_SPEED = 15.0


class NotRunningError(Exception):
    """Fewer jobs run than are to be destroyed, so there is nothing to measure."""


def destroy_running(folder: Path, servers: int, rounds: int) -> dict[str, Any]:
    """Destroy of running jobs, over the floor's and the time that SMC takes to delete a job."""
    ours_took, floor_took = [], []
    quotas = {"smc.running_jobs_quota": float(servers)}
    with fleet_cloud(folder / "cloud", servers, WATCHED_SPEED, quotas) as emulator:
        world = emulator.control("GET", "snapshot")
        settings = fleet_settings(emulator, servers) | {"wait": False, "runningQuota": servers}
        ours, floor = fleet_stack(folder / "ours", settings), floor_stack(folder / "floor", servers)
        for _ in range(rounds):
            emulator.control("POST", "restore", world)
            emulator.control("POST", "clock", {"speed": WATCHED_SPEED})
            ours.cost(*UP)
            emulator.control("POST", "clock", {"speed": 0})
            emulator.control("POST", "clock", {"advance_seconds": UNTIL_SYNCING_SECONDS})
            before = emulator.call_counts().get("smc:StopReplicationJob", 0)
            emulator.control("POST", "clock", {"speed": DESTROY_SPEED})
            ours_took.append(ours.cost(*DESTROY).seconds)
            stopped = emulator.call_counts().get("smc:StopReplicationJob", 0) - before
            if stopped < servers:
                raise NotRunningError(f"{stopped} of {servers} jobs had to be stopped")
            floor.cost(*UP)
            floor_took.append(floor.cost(*DESTROY).seconds)
    own = DELETING_SECONDS / DESTROY_SPEED
    ratios = [a / (b + own) for a, b in zip(ours_took, floor_took, strict=True)]
    return {
        "servers": servers,
        "seconds": spread(ours_took, 2),
        "floor_seconds": spread(floor_took, 2),
        "deleting_seconds": own,
        "ratio": spread(ratios, 3),
    }


def first_running(folder: Path, servers: int, running: int, rounds: int) -> dict[str, Any]:
    """Seconds until so many jobs run, over the plain script's, with a latency on every call."""
    ours_took, script_took = [], []
    with fleet_cloud(folder / "cloud", servers, WATCHED_SPEED) as emulator:
        world = emulator.control("GET", "snapshot")
        stack = fleet_stack(folder / "ours", fleet_settings(emulator, servers))
        for _ in range(rounds):
            _begin_again(emulator, world)
            ours_took.append(_until_running(emulator, running, lambda: stack.start(*UP)))
            stack.cost(*DESTROY)
            _begin_again(emulator, world)
            script_took.append(
                _until_running(emulator, running, lambda: _script(emulator, servers, running))
            )
    ratios = [a / b for a, b in zip(ours_took, script_took, strict=True)]
    return {
        "servers": servers,
        "running": running,
        "latency_milliseconds": LATENCY_MILLISECONDS,
        "seconds": spread(ours_took, 2),
        "script_seconds": spread(script_took, 2),
        "ratio": spread(ratios, 3),
    }


def _begin_again(emulator: LocalEmulator, world: Any) -> None:
    """The same world, speed and latency for both: the end of a measurement changes all three."""
    emulator.control("POST", "restore", world)
    emulator.control("POST", "clock", {"speed": WATCHED_SPEED})
    emulator.control("POST", "latency", {"milliseconds": LATENCY_MILLISECONDS})


def _until_running(
    emulator: LocalEmulator, running: int, begin: Callable[[], "subprocess.Popen[str]"]
) -> float:
    """Seconds from the start of a process until it has started so many jobs; it is ended then."""
    before = emulator.call_counts().get("smc:StartReplicationJob", 0)
    begun = time.monotonic()
    process = begin()
    try:
        while emulator.call_counts().get("smc:StartReplicationJob", 0) - before < running:
            if time.monotonic() - begun > LONGEST_SECONDS:
                raise TimeoutError(f"{running} jobs were not started in {LONGEST_SECONDS} s")
            time.sleep(0.05)
        took = time.monotonic() - begun
    finally:
        # What is started goes on; it has to end before the next round.
        emulator.control("POST", "clock", {"speed": FAST})
        emulator.control("POST", "latency", {"milliseconds": 0})
        process.wait(LONGEST_SECONDS)
    return took


def _script(emulator: LocalEmulator, servers: int, running: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bench.fleet.plain_script", str(emulator.address_file)]
    return subprocess.Popen(  # noqa: S603 - our own module
        [*command, str(servers), str(running)], text=True
    )
