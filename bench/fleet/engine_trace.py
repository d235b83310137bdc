"""What the engine did: its own profile of a command (`pulumi --profiling`), by what it was for."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

PURPOSES = {
    "saves the state": "backend.(*SnapshotManager).saveSnapshot",
    "writes its automatic log": "logging.(*PropertySinkHandler).Handle",
    "collects garbage": "runtime.gcBgMarkWorker",
    "derives the key of secrets": "pbkdf2.Key",
}
"""What for -> the function below which its samples are. A sample can be for two of them."""

_LINE = re.compile(r"^\s*\S+\s+\S+\s+\S+\s+\S+\s+(?P<share>[\d.]+)%\s+(?P<function>\S+)")


def options(folder: Path) -> tuple[str, str]:
    """The options of Pulumi that let it write its profiles into a folder."""
    return "--profiling", str(folder / "engine")


def engine_shares(folder: Path) -> dict[str, float]:
    """What for -> its share of the samples of the engine; empty without Go, whose tool reads it."""
    go = shutil.which("go")
    profiles = sorted(folder.glob("engine.*.cpu"))
    if go is None or not profiles:
        return {}
    command = [go, "tool", "pprof", "-top", "-cum", "-nodecount=100000", "-nodefraction=0"]
    told = subprocess.run(  # noqa: S603 - our own arguments
        [*command, str(profiles[-1])], capture_output=True, text=True, check=True
    )
    return shares(told.stdout.splitlines())


def shares(lines: Iterable[str]) -> dict[str, float]:
    """From the lines of `go tool pprof -top -cum`."""
    found: dict[str, float] = {}
    for line in filter(None, map(_LINE.match, lines)):
        for purpose, function in PURPOSES.items():
            if line["function"].split("[")[0].endswith(function):
                share = round(float(line["share"]) / 100, 3)
                found[purpose] = max(found.get(purpose, 0.0), share)
    return dict(sorted(found.items(), key=lambda each: -each[1]))
