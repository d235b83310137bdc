"""A fleet of several stacks, driven as one, beside as many trivial ones, as many at a time."""

import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.fleet.clouds import fleet_cloud, fleet_settings
from bench.fleet.engine import UP
from bench.fleet.running import LONGEST_SECONDS
from bench.fleet.stacks import (
    FLOOR_KEY,
    CommandFailedError,
    MeasuredStack,
    fleet_stack,
)
from cli.fleet.fleet import Fleet
from cli.fleet.plan import make_plan
from cli.fleet.split import By
from cli.fleet.summary import troubles

SPEED = 1200.0
"""Virtual seconds a real second: a stack takes minutes, and its activation code lasts a day."""

RUNNING_QUOTA = 500
BESIDE_CREATED = 2
"""Of what is created in a floor stack, what its program does not declare: stack and provider."""

THROTTLED = "Throttling"


def many_stacks(folder: Path, servers: int, stacks: int) -> dict[str, Any]:
    """One `up` of a fleet, and one of its floor: seconds of both, calls, and what failed.

    Args:
        folder: of all files.
        servers: of the fleet, in equal parts.
        stacks: that it is split into.

    Raises:
        CommandFailedError: a stack did not come to its end.
    """
    parallel = os.cpu_count() or 1
    quotas = {
        "smc.source_servers_quota": float(servers),
        "smc.jobs_quota": float(servers),
        "smc.running_jobs_quota": float(RUNNING_QUOTA),
    }
    with fleet_cloud(folder / "cloud", servers, SPEED, quotas) as emulator:
        settings = fleet_settings(emulator, servers) | {"runningQuota": RUNNING_QUOTA}
        ours = fleet_stack(folder / "ours", settings)
        ours.write_config()
        program = ours.pulumi.program
        begun = time.perf_counter()
        plan = make_plan(program, "bench", By.SIZE, -(-servers // stacks))
        fleet = Fleet(program, "bench", ours.pulumi, parallel, Console(quiet=True))
        result = fleet.up(plan)
        seconds = time.perf_counter() - begun
        calls = emulator.control("GET", "ledger")
    if not result.is_right:
        raise CommandFailedError("\n".join(troubles(result.outcomes)))
    created = {
        name: sum(each.changes.values()) for name, each in result.outcomes.items() if each.servers
    }
    floor_seconds = _floor(folder / "floor", created, parallel)
    outcomes = Counter(call["outcome"] for call in calls["calls"])
    return {
        "servers": servers,
        "stacks": len(created),
        "parallel": parallel,
        "running_quota": RUNNING_QUOTA,
        "seconds": round(seconds, 1),
        "floor_seconds": round(floor_seconds, 1),
        "ratio": round(seconds / floor_seconds, 3),
        "stack_seconds": {name: round(each.seconds, 1) for name, each in result.outcomes.items()},
        "migrated": sum(each.migrated or 0 for each in result.outcomes.values()),
        "failures": sum(len(each.failures) for each in result.outcomes.values()),
        "calls": sum(calls["counts"].values()),
        "throttled": sum(n for code, n in outcomes.items() if code.startswith(THROTTLED)),
        "refused": {code: n for code, n in sorted(outcomes.items()) if code != "OK"},
    }


def _floor(folder: Path, created: dict[str, int], parallel: int) -> float:
    """Seconds of as many stacks with as many trivial resources each."""
    stacks = [
        MeasuredStack(folder / name, "floor", {FLOOR_KEY: count - BESIDE_CREATED})
        for name, count in created.items()
    ]
    begun = time.perf_counter()
    with ThreadPoolExecutor(parallel) as workers:
        for code in workers.map(_up, stacks):
            if code:
                raise CommandFailedError(f"a floor stack ended with {code}")
    return time.perf_counter() - begun


def _up(stack: MeasuredStack) -> int:
    return stack.start(*UP).wait(LONGEST_SECONDS)
