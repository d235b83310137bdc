"""Figures in virtual time and in calls: no engine, the real providers, SDKs and emulator."""

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.fleet.shared_time import SharedTime
from emulator.world_file import WorldFile
from smc.errors import MigrationError
from smc.handlers import replication_job, source_import, wave_run
from smc.handlers.context import Context
from smc.wave_plan import WaveJob
from tests.support.cloud import Cloud, VirtualTime, running_cloud
from tests.support.engine_model import Stack
from tests.support.fleet import fleet_servers, fleet_world, instance_id, names
from tests.support.migration import PACE, Migrator, grant_access

QUOTA = 50
WORKERS = 4
"""Operations that the process of a dynamic provider carries out at a time."""

READING = ("Describe", "List", "Get")
EVERY_SECONDS = 10.0
"""At which the naive provider looks; ours is paced in 20 to 60 seconds here."""


def makespan(servers: int = 200) -> dict[str, Any]:
    """From the first start to the last end, over what no order could be below."""
    with _stack(_unequal(fleet_world(servers)), servers) as stack:
        stack.up()
        results = stack.state["wave"].outputs["results"].values()
        spans = [(_seconds(each["started"]), _seconds(each["ended"])) for each in results]
    lengths = [end - begin for begin, end in spans]
    took = max(end for _, end in spans) - min(begin for begin, _ in spans)
    bound = max(sum(lengths) / QUOTA, *lengths)
    return {
        "servers": servers,
        "quota": QUOTA,
        "shortest_seconds": min(lengths),
        "longest_seconds": max(lengths),
        "makespan_seconds": took,
        "bound_seconds": round(bound),
        "ratio": round(took / bound, 3),
    }


def against_naive(servers: int = 100) -> dict[str, Any]:
    """Up to finished, over a provider that does everything for one server inside its create."""
    with _stack(fleet_world(servers), servers) as stack:
        begun = stack.time.monotonic()
        stack.up()
        ours = stack.time.monotonic() - begun
    with _cloud(fleet_world(servers)) as cloud:
        time = SharedTime(cloud.world)
        begun = time.monotonic()
        statuses = time.run(lambda name: _naive_create(cloud, time, name), names(servers), WORKERS)
        naive = time.monotonic() - begun
    if set(statuses) != {"Finished"}:
        raise MigrationError(f"the naive provider did not finish: {Counter(statuses)}")
    return {
        "servers": servers,
        "seconds": round(ours),
        "naive_seconds": round(naive),
        "ratio": round(ours / naive, 3),
    }


def calls(servers: int = 100) -> dict[str, Any]:
    """Calls of one migration, by what they are for."""
    with _stack(fleet_world(servers), servers) as stack:
        before = Counter(stack.cloud.counts)
        stack.up()
        made = Counter(stack.cloud.counts) - before
    others = {name: count for name, count in made.items() if not _reads(name)}
    return {
        "servers": servers,
        "polling_apart": round(sum(others.values()) / servers, 2),
        "in_all": round(made.total() / servers, 2),
        "by_action": dict(sorted(made.items())),
    }


def looks(running: tuple[int, ...] = (1, 50, 51, 120)) -> list[dict[str, Any]]:
    """DescribeReplicationJobs a tick while all jobs run."""
    found = []
    for count in running:
        world = fleet_world(count)
        world = world.model_copy(update={"settings": {"smc.running_jobs_quota": float(count)}})
        with _stack(world, count, count) as stack:
            ticks = _calls_between_sleeps(stack, "smc:DescribeReplicationJobs", count)
        found.append({"running": count, "calls": sorted(ticks), "ticks": ticks.total()})
    return found


def _calls_between_sleeps(stack: Stack, action: str, running: int) -> Counter[int]:
    """How many calls of an action there were in a tick -> in how many ticks."""
    ticks: Counter[int] = Counter()
    before = 0
    sleep = stack.time.sleep

    def counted(seconds: float) -> None:
        nonlocal before
        now = stack.cloud.counts.get(action, 0)
        started = stack.cloud.counts.get("smc:StartReplicationJob", 0)
        if before and started == running:
            ticks[now - before] += 1
        # The tick in which the last one was started counts what runs, too.
        before = now if started == running else 0
        sleep(seconds)

    stack.time.sleep = counted  # type: ignore[method-assign]
    stack.up()
    # In the last ones jobs end, and those that have ended are not looked at.
    return ticks


def _naive_create(cloud: Cloud, time: SharedTime, server: str) -> str:
    """Import a server, create its job, start it and wait: all that its create does."""
    migrator = Migrator(cloud, VirtualTime(cloud.world), f"organization/naive/{server}")
    context = Context(clock=time)
    pace = replace(PACE, first_seconds=EVERY_SECONDS, longest_seconds=EVERY_SECONDS)
    wanted = migrator.import_inputs({server: {"id": instance_id(server)}})
    imported = source_import.create(wanted.model_copy(update={"pace": pace}), context)
    source = imported["sources"][server]["source_id"]
    job = replication_job.create(migrator.job_inputs(server, source, pace=pace), context)
    jobs = {server: WaveJob(job_id=job["job_id"], source_id=source)}
    done = wave_run.drive(migrator.wave_inputs(jobs, pace=pace), {}, context)
    return str(done["results"][server]["status"])


@contextmanager
def _stack(world: WorldFile, servers: int, quota: int = QUOTA) -> Iterator[Stack]:
    with _cloud(world) as cloud:
        settings = {"defaults": {"execution": "immediate"}, "runningQuota": quota}
        yield Stack(
            cloud, VirtualTime(cloud.world), fleet_servers(servers), settings, workers=WORKERS
        )


@contextmanager
def _cloud(world: WorldFile) -> Iterator[Cloud]:
    with (
        tempfile.TemporaryDirectory() as folder,
        running_cloud(Path(folder), world, seed="bench") as cloud,
    ):
        grant_access(cloud)
        yield cloud


def _unequal(world: WorldFile) -> WorldFile:
    """The world with 10 to 60 GiB of data on each server."""
    chance = random.Random(7)  # noqa: S311 - a world, not a secret
    source = world.accounts["source"]
    instances = []
    for instance in source.instances:
        used = chance.randint(10, 60)
        disk = instance.disks[0].model_copy(update={"size_gib": used + 40, "used_gib": used})
        instances.append(instance.model_copy(update={"disks": [disk]}))
    changed = source.model_copy(update={"instances": instances})
    return world.model_copy(update={"accounts": {**world.accounts, "source": changed}})


def _reads(action: str) -> bool:
    return action.partition(":")[2].startswith(READING)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
