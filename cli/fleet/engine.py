"""Pulumi's Automation API for the stacks of a fleet, with the program as `pulumi` runs it.

The program stays a local one. As a function of this process it would break dynamic providers, which
are loaded again by name in a process of theirs (pulumi#7960).
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pulumi.automation import (
    CommandError,
    CommandResult,
    ConcurrentUpdateError,
    InvalidVersionError,
    LocalWorkspace,
    OutputMap,
    OutputValue,
    PulumiCommand,
    Stack,
)
from pulumi.automation._cmd import _parse_and_validate_pulumi_version
from pulumi.automation._minimum_version import _MINIMUM_VERSION
from pulumi.automation.errors import create_command_error

from cli.pulumi_stack import PulumiStack
from smc.errors import MigrationError

__all__ = ["CommandError", "ConcurrentUpdateError", "Engine", "Stack"]

DEFAULT_ORGANIZATION = "organization"
"""That of backends in a folder or a bucket, whose stacks are named without it."""

READING = frozenset({"stack"})
"""Commands that are still carried out when the user has asked to end: they tell what came of it."""

OnOutput = Callable[[str], Any]


class Engine:
    """Makes stacks of a project and runs commands on several of them at a time.

    Args:
        project: folder of Pulumi.yaml.
        embedded: Pulumi with a home of its own; None for the user's own Pulumi.
        organization: of the stacks.
        secrets_provider: of new stacks; None for the backend's default.

    Raises:
        MigrationError: there is no Pulumi.
    """

    def __init__(
        self,
        project: Path,
        embedded: PulumiStack | None,
        organization: str = DEFAULT_ORGANIZATION,
        secrets_provider: str | None = None,
    ) -> None:
        environment = embedded.environment() if embedded else dict(os.environ)
        self._command = _Command(environment)
        self._organization = organization
        self._workspace = _Workspace(
            work_dir=str(project.resolve()),
            secrets_provider=secrets_provider,
            pulumi_command=self._command,
        )

    def resources(self) -> dict[str, int]:
        """The project's stacks by name, each with how many resources it has.

        Raises:
            MigrationError: the backend cannot be asked.
        """
        try:
            stacks = self._workspace.list_stacks()
        except CommandError as error:
            raise MigrationError(f"the stacks cannot be listed. {last_line(error)}") from error
        return {each.name.rpartition("/")[2]: each.resource_count or 0 for each in stacks}

    def stack(self, name: str, *, is_new: bool) -> Stack:
        """A stack, which is made if it is new. The user's selection stays what it is.

        Raises:
            CommandError: it cannot be made.
        """
        make = Stack.create if is_new else Stack.select
        return make(self._qualified(name), self._workspace)

    def outputs(self, name: str) -> dict[str, Any]:
        """The outputs of the last update; none if there was none.

        Raises:
            CommandError: the state cannot be read.
        """
        found = self._workspace.stack_outputs(self._qualified(name))
        return {key: output.value for key, output in found.items()}

    def cancel(self) -> None:
        """Ask every command that runs to end, as Ctrl-C does; asked again, they end at once."""
        self._command.interrupt()

    def _qualified(self, name: str) -> str:
        if self._organization == DEFAULT_ORGANIZATION:
            return name
        return f"{self._organization}/{name}"


class _Workspace(LocalWorkspace):
    """The project's folder. Nothing is selected in it: every command names its stack."""

    def create_stack(self, stack_name: str) -> None:
        provider = self.secrets_provider
        named = ["--secrets-provider", provider] if provider else []
        arguments = ["stack", "init", stack_name, "--no-select", *named]
        self.pulumi_command.run(arguments, self.work_dir, {})

    def select_stack(self, stack_name: str) -> None:
        del stack_name

    def stack_outputs(self, stack_name: str) -> OutputMap:
        # Once instead of twice, and without secrets: nobody here needs one.
        arguments = ["stack", "output", "--json", "--stack", stack_name]
        said = self.pulumi_command.run(arguments, self.work_dir, {}).stdout
        return {key: OutputValue(value, secret=False) for key, value in json.loads(said).items()}


class _Command(PulumiCommand):
    """`pulumi` in this environment and no other, in process groups of its own.

    A terminal's Ctrl-C reaches this process alone, which passes it on: so it comes once, however
    many stacks there are, and just as well when only this process is asked to end.
    """

    # What the base class looks up, it looks up in the environment of this process.
    def __init__(self, environment: Mapping[str, str]) -> None:
        found = shutil.which("pulumi", path=environment.get("PATH"))
        if found is None:
            raise MigrationError(
                "there is no pulumi on PATH. Fix: install Pulumi, and log in to where its state is."
            )
        self.command = found
        self._environment = dict(environment)
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._is_interrupted = False
        said = self.run(["version"], str(Path.cwd()), {}).stdout
        try:
            self.version = _parse_and_validate_pulumi_version(
                _MINIMUM_VERSION, said.strip().removeprefix("v"), opt_out=False
            )
        except InvalidVersionError as error:
            raise MigrationError(f"{found} is not the Pulumi that is needed. {error}") from error

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        process = subprocess.Popen(  # noqa: S603 - Pulumi, our own arguments
            [self.command, "--non-interactive", *args],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env={**self._environment, **additional_env, "PULUMI_AUTOMATION_API": "true"},
            encoding="utf-8",
            start_new_session=True,
        )
        with self._lock:
            self._running.add(process)
            if self._is_interrupted and not READING.issuperset(args[:1]):
                _interrupt(process)
        try:
            said, erred = process.communicate()
        finally:
            with self._lock:
                self._running.discard(process)
        for text, tell in ((said, on_output), (erred, on_error)):
            if tell is not None:
                for line in text.splitlines():
                    tell(line)
        result = CommandResult(said, erred, process.returncode)
        if process.returncode:
            raise create_command_error(result)
        return result

    def interrupt(self) -> None:
        with self._lock:
            self._is_interrupted = True
            for process in self._running:
                _interrupt(process)


def _interrupt(process: "subprocess.Popen[str]") -> None:
    if sys.platform == "win32":
        process.terminate()
    else:
        process.send_signal(signal.SIGINT)


def last_line(error: CommandError) -> str:
    """The last thing that a command said, without the engine's `error:`."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines or ["pulumi said nothing"])[-1].removeprefix("error: ")
