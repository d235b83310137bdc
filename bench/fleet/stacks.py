"""Stacks to measure: a fleet, as many trivial resources, and nothing; what a command costs."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bench.fleet.processes import Processes, Share
from cli.pulumi_stack import PulumiStack, link_program

PROGRAMS = Path(__file__).parent / "programs"
FLEET_KEY = "smc-migration:migration"
FLOOR_KEY = "floor:count"
BESIDE_SERVERS = 15
"""Resources of a fleet that are not replication jobs: the stack and the provider among them."""


class CommandFailedError(Exception):
    """Pulumi failed, so there is nothing to measure; says what it said."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a command took.

    Attributes:
        seconds: from its start to its end.
        cpu_seconds: of all its processes together.
        shares: what its processes took, by what they are.
    """

    seconds: float
    cpu_seconds: float
    shares: dict[str, Share]

    @property
    def provider_mib(self) -> float:
        """Most that the process of the dynamic providers held in memory; 0 without one."""
        return self.shares["provider"].most_mib if "provider" in self.shares else 0.0


@dataclass
class MeasuredStack:
    """A stack whose commands are measured.

    Args:
        folder: everything it has.
        program: `floor` or `empty` below `programs`; None for the project's own.
        config: of the stack.
    """

    folder: Path
    program: str | None
    config: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the stack."""
        place = self.folder / "program"
        place.mkdir(parents=True)
        if self.program is None:
            link_program(place)
        else:
            for file in (PROGRAMS / self.program).iterdir():
                (place / file.name).symlink_to(file)
            (place / ".venv").symlink_to(sys.prefix)
        self.pulumi = PulumiStack(place, self.folder / "home", "bench")
        self.pulumi.select()
        self._file = place / "Pulumi.bench.yaml"
        # What encrypts its secrets; it has none, but Pulumi asks for it.
        self._salt = yaml.safe_load(self._file.read_text(encoding="utf-8"))
        self._before = self.state_file.read_bytes()

    @property
    def state_file(self) -> Path:
        """Where Pulumi keeps the state."""
        (file,) = (self.folder / "home").rglob("stacks/**/bench.json")
        return file

    def state(self) -> dict[str, Any]:
        """The state, as Pulumi keeps it."""
        state: dict[str, Any] = json.loads(self.state_file.read_text(encoding="utf-8"))
        return state

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state."""
        found: list[dict[str, Any]] = self.state()["checkpoint"]["latest"]["resources"]
        return found

    def forget(self) -> None:
        """Let the state be as when the stack was made, whatever exists."""
        self.state_file.write_bytes(self._before)

    def cost(
        self, *command: str, begun: Callable[[str, int], None] = lambda _kind, _process: None
    ) -> Cost:
        """Run a command and measure it.

        Args:
            command: of Pulumi.
            begun: called with the kind and the id of each of its processes when it is first seen.

        Raises:
            CommandFailedError: it failed.
        """
        self.write_config()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with Processes(begun) as processes:
            started = time.perf_counter()
            done = self.pulumi.run(*command, "--color", "never", "--non-interactive", quiet=True)
            seconds = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            raise CommandFailedError(done.stdout)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Cost(seconds, cpu, processes.shares())

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Start a command; the caller waits for it. Its output goes nowhere."""
        self.write_config()
        environment = self.pulumi.environment()
        return subprocess.Popen(  # noqa: S603 - fixed program, our own arguments
            ["pulumi", *command, "--color", "never", "--non-interactive"],  # noqa: S607
            cwd=self.pulumi.program,
            env=environment,
            text=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
        )

    def write_config(self) -> None:
        """Write the stack's configuration file."""
        members = {**self._salt, "config": self.config}
        self._file.write_text(yaml.safe_dump(members), encoding="utf-8")


def fleet_stack(folder: Path, settings: dict[str, Any]) -> MeasuredStack:
    """The migration of a fleet."""
    return MeasuredStack(folder, None, {FLEET_KEY: settings})


def floor_stack(folder: Path, servers: int) -> MeasuredStack:
    """As many trivial dynamic resources as a fleet of so many servers has resources."""
    # The stack and the provider are resources, too.
    return MeasuredStack(folder, "floor", {FLOOR_KEY: servers + BESIDE_SERVERS - 2})


def empty_stack(folder: Path) -> MeasuredStack:
    """A program that declares nothing."""
    return MeasuredStack(folder, "empty")
