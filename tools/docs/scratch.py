"""A project in a folder of its own, on an emulator of its own, where a page's commands are run."""

import copy
import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from cli.local_emulator import LocalEmulator
from cli.pulumi_stack import PulumiStack, link_program
from cli.stack_file import KEY
from tools.docs.source import File, Part, Run, Settings, World

ROOT = Path(__file__).parents[2]
STACK = "prod"
BEGINS = datetime(2026, 1, 12, 9, tzinfo=UTC)
HOUR = 3600.0
COLUMNS = 110

BASE: dict[str, Any] = {
    "emulator": ".local/emulator.json",
    "source": {
        "account": "1000000000000001",
        "region": "cn-hangzhou",
        "credentials": {"profile": "source", "file": ".local/credentials.json"},
    },
    "destination": {
        "account": "2000000000000002",
        "region": "ap-northeast-1",
        "credentials": {"profile": "destination", "file": ".local/credentials.json"},
        "user": "migration-operator",
    },
    "polling": {"firstSeconds": 0.1, "longestSeconds": 0.2},
}
"""What every page's stack has, and does not show."""


class CommandError(Exception):
    """A command did not end as its page says."""


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with others over them; null takes a key out."""
    result = {**below}
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(result.get(key), Mapping):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


class Scratch:
    """The project of a page while it is made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._settings = copy.deepcopy(BASE)
        self._emulator = LocalEmulator(folder / ".local", speed=0, seed="docs", begins=BEGINS)
        self._stack = PulumiStack(folder, folder / ".local", STACK)
        self._file = folder / f"Pulumi.{STACK}.yaml"

    def begin(self) -> None:
        """Start the emulator and make the stack."""
        link_program(self.folder)
        self._emulator.start()
        self._stack.select()
        self._head = yaml.safe_load(self._file.read_text(encoding="utf-8"))

    def end(self) -> None:
        """Stop the emulator."""
        self._emulator.stop()

    def take(self, part: Part) -> str:
        """Do what a part of a page says, and return what it printed.

        Raises:
            CommandError: a command has another exit code than the page says.
        """
        match part:
            case Settings(values=values):
                self._settings = merged(self._settings, values)
            case File(name, text):
                (self.folder / name).write_text(text, encoding="utf-8")
            case World():
                self._happen(part)
            case Run():
                return self._run(part)
        return ""

    def _run(self, run: Run) -> str:
        content = {**self._head, "config": {KEY: self._settings}}
        self._file.write_text(yaml.safe_dump(content), encoding="utf-8")
        environment = {"PYTHONPATH": str(ROOT), "COLUMNS": str(COLUMNS)}
        self._clock(speed=HOUR / _hour_takes(run))
        done = subprocess.run(  # noqa: S603 - commands of our own pages
            ["bash", "-c", run.command],  # noqa: S607
            cwd=self.folder,
            env=self._stack.environment() | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        # Between commands time stands still, so that a page does not depend on how fast this is.
        self._clock(speed=0)
        if done.returncode != run.exit:
            said = f"$ {run.command}\n{done.stdout}"
            raise CommandError(f"exit code {done.returncode} instead of {run.exit}\n{said}")
        return done.stdout

    def _happen(self, world: World) -> None:
        if world.replace:
            text = json.dumps(self._emulator.control("GET", "snapshot"))
            for old, new in world.replace.items():
                # Texts are within JSON's quotes here, and escaped.
                escaped = json.dumps(old)[1:-1]
                if escaped not in text:
                    raise CommandError(f"there is no {old!r} in the world")
                text = text.replace(escaped, json.dumps(new)[1:-1])
            self._emulator.control("POST", "restore", json.loads(text))
        if world.fault:
            self._emulator.control("POST", "faults", world.fault)
        self._clock(advance_seconds=world.advance_hours * HOUR)

    def _clock(self, **change: float) -> None:
        self._emulator.control("POST", "clock", change)


def _hour_takes(run: Run) -> float:
    if run.hour_takes is not None:
        return run.hour_takes
    return 1.0 if run.command.startswith(("pulumi up", "pulumi destroy")) else HOUR


@contextmanager
def scratch_project() -> Iterator[Scratch]:
    """A project that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="smc-migration-docs-") as folder:
        scratch = Scratch(Path(folder).resolve())
        try:
            scratch.begin()
            yield scratch
        finally:
            scratch.end()
