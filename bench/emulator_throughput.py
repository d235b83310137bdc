"""Throughput and memory of the emulator: `make bench-emulator`.

Requests per second of DescribeReplicationJobs with 50 running jobs on one page, against a Starlette
route with a constant body of the same size, served by uvicorn in two ways (`bench.plain_route`).
Each is a process of its own, and asked in turn by the same client over four keep-alive connections;
requests are signed before the time runs.
Memory is the resident set of `python -m emulator serve` on a world of 1,000 registered servers.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.blocks import replaced
from bench.client import Connections, signed_requests
from bench.machine import measured_here
from bench.page import PAGE, PART, part
from bench.spread import spread
from bench.worlds import make_state

RESULTS = Path(__file__).parent / "results" / "emulator.json"
JOBS = 50
SERVERS = 1000
REQUESTS = 2000
ROUNDS = 7
WARM_UP = 400


@contextmanager
def started(*command: str, stdin: bytes = b"") -> Iterator[tuple[int, str]]:
    """A server in a process of its own: its process id and first line."""
    process = subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the process has no pipes")
    process.stdin.write(stdin)
    process.stdin.close()
    try:
        yield process.pid, process.stdout.readline().decode()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def throughput(folder: Path) -> dict[str, Any]:
    """Requests per second of both, in turn."""
    state = folder / "jobs.sqlite"
    key = make_state(state, servers=JOBS, jobs=JOBS)
    with started("emulator", "serve", "--state", str(state)) as (_, line):
        endpoint = json.loads(line)["endpoint"]
        emulator = Connections(endpoint)
        (request,) = signed_requests(key, 1)
        body = emulator.ask(request)
        jobs = json.loads(body)["ReplicationJobs"]["ReplicationJob"]
        if len(jobs) != JOBS or any(job["Status"] != "Running" for job in jobs):
            raise RuntimeError("the world has other jobs")
        with (
            started("bench.plain_route", "h11", stdin=body) as (_, h11),
            started("bench.plain_route", "compiled", stdin=body) as (_, compiled),
        ):
            asked = {
                "emulator": emulator,
                "plain_h11": Connections(h11.strip()),
                "plain_compiled": Connections(compiled.strip()),
            }
            for connections in asked.values():
                connections.rate(signed_requests(key, WARM_UP))
            rates: dict[str, list[float]] = {name: [] for name in asked}
            for _ in range(ROUNDS):
                for name, connections in asked.items():
                    rates[name].append(connections.rate(signed_requests(key, REQUESTS)))
    return {
        "jobs": JOBS,
        "body_bytes": len(body),
        "requests_a_round": REQUESTS,
        "per_second": {name: spread(values) for name, values in rates.items()},
        "share": {
            name: spread([e / p for e, p in zip(rates["emulator"], values, strict=True)], 3)
            for name, values in rates.items()
            if name != "emulator"
        },
    }


def memory(folder: Path) -> dict[str, Any]:
    """Resident memory with 1,000 servers, fresh and after each was listed."""
    state = folder / "servers.sqlite"
    key = make_state(state, servers=SERVERS, jobs=SERVERS)
    with started("emulator", "serve", "--state", str(state)) as (process, line):
        endpoint = json.loads(line)["endpoint"]
        fresh = resident_mib(process)
        Connections(endpoint).rate(signed_requests(key, REQUESTS))
        return {
            "servers": SERVERS,
            "jobs": SERVERS,
            "fresh_mib": fresh,
            "after_requests_mib": resident_mib(process),
            "requests": REQUESTS,
        }


def resident_mib(process: int) -> float:
    """Resident set of a process."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)


def main() -> None:
    """Measure, and write the results."""
    with tempfile.TemporaryDirectory() as name:
        results = {
            **measured_here(),
            "throughput": throughput(Path(name)),
            "memory": memory(Path(name)),
        }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    made = part(results)
    PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), PART, made), encoding="utf-8")
    print(made)


if __name__ == "__main__":
    main()
