"""A copy of the Pulumi project for one test, with a stack, state and plugins of its own."""

import copy
import json
import os
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import yaml

from cli.pulumi_stack import PulumiStack, link_program
from tests.support.cloud import DESTINATION, SOURCE, Cloud

ROOT = Path(__file__).parents[2]
PROJECT = "smc-migration"
KEY = f"{PROJECT}:migration"
BACKEND = "PULUMI_BACKEND_URL"

SETTINGS: dict[str, Any] = {
    "source": {"account": SOURCE, "region": "cn-hangzhou", "credentials": {"profile": "source"}},
    "destination": {
        "account": DESTINATION,
        "region": "ap-northeast-1",
        "credentials": {"profile": "destination"},
        "user": "migration-operator",
    },
    # Most tests are about something else than the drill, which is the default.
    "defaults": {"execution": "immediate"},
    "servers": {
        "web-1": {"select": {"id": "i-source0web1"}, "target": {"image": "web-1-image"}},
        "app-1": {"select": {"name": "app-1"}, "target": {"image": "app-1-image"}},
    },
    "polling": {"firstSeconds": 0.05, "longestSeconds": 0.2},
}


@dataclass(frozen=True)
class Outcome:
    """What a `pulumi` command came to."""

    code: int
    text: str


class Project:
    """The program on an emulated cloud.

    Args:
        folder: where the copy goes.
        cloud: what it migrates.
        environment: variables on top of the process's own.
    """

    def __init__(self, folder: Path, cloud: Cloud, **environment: str) -> None:
        self.cloud = cloud
        self.program = folder / "program"
        self.program.mkdir()
        link_program(self.program)
        self.settings: dict[str, Any] = copy.deepcopy(SETTINGS)
        self.settings["emulator"] = str(cloud.address_file)
        for side in ("source", "destination"):
            self.settings[side]["credentials"]["file"] = str(cloud.credentials_file)
        self.stack = PulumiStack(self.program, folder / "home", "test", environment)
        self.stack.select()
        self._salt = yaml.safe_load(self._config.read_text())

    def elsewhere(self, folder: Path) -> "Project":
        """The same stack on another machine: stack file and backend are shared, nothing else is."""
        other = copy.copy(self)
        other.program = folder / "program"
        other.program.mkdir()
        link_program(other.program)
        other.settings = copy.deepcopy(self.settings)
        other.stack = replace(self.stack, program=other.program, home=folder / "home")
        other.write_settings()
        other.stack.select()
        return other

    @property
    def _config(self) -> Path:
        return self.program / "Pulumi.test.yaml"

    def write_settings(self) -> None:
        """Write the stack file, as each command does."""
        config = {**self._salt, "config": {KEY: self.settings}}
        self._config.write_text(yaml.safe_dump(config))

    def pulumi(self, *arguments: str) -> Outcome:
        """Write the settings, then run a command; its output has no colours."""
        self.write_settings()
        done = self.stack.run(*arguments, "--color", "never", "--non-interactive", quiet=True)
        return Outcome(done.returncode, done.stdout)

    def up(self, *more: str) -> Outcome:
        return self.pulumi("up", "--yes", "--skip-preview", *more)

    def preview(self, *more: str) -> Outcome:
        return self.pulumi("preview", *more)

    def refresh(self) -> Outcome:
        return self.pulumi("refresh", "--yes", "--skip-preview")

    def destroy(self) -> Outcome:
        return self.pulumi("destroy", "--yes", "--skip-preview")

    def outputs(self) -> dict[str, Any]:
        """The outputs of the last update."""
        (root,) = (each for each in self.state() if each["type"] == "pulumi:pulumi:Stack")
        outputs: dict[str, Any] = root.get("outputs", {})
        return outputs

    def state(self) -> list[dict[str, Any]]:
        """The resources in the state."""
        resources: list[dict[str, Any]] = self._deployment().get("resources", [])
        return resources

    def pending_operations(self) -> list[dict[str, Any]]:
        """The operations of which the state does not know how they ended."""
        pending: list[dict[str, Any]] = self._deployment().get("pending_operations", [])
        return pending

    def output(self, name: str) -> Any:
        """An output of the stack."""
        return self.outputs()[name]

    def process(self, *arguments: str, output: IO[str] | int) -> "subprocess.Popen[str]":
        """Start a command and go on; the caller waits for it.

        A file takes the output of one that is to be killed: what it leaves running keeps a pipe
        open.
        """
        self.write_settings()
        environment = self.stack.environment()
        return subprocess.Popen(
            ["pulumi", *arguments, "--color", "never", "--non-interactive"],
            cwd=self.program,
            env=environment,
            text=True,
            stdout=output,
            stderr=subprocess.STDOUT,
            executable=_executable("pulumi", environment["PATH"]),
        )

    def _deployment(self) -> dict[str, Any]:
        deployment: dict[str, Any]
        if BACKEND in self.stack.extra_environment:
            exported = self.stack.run("stack", "export", quiet=True, check=True).stdout
            deployment = json.loads(exported)["deployment"]
        else:
            # What `pulumi stack export` prints, without a process each time.
            file = self.stack.home / "state/.pulumi/stacks" / PROJECT / f"{self.stack.name}.json"
            deployment = json.loads(file.read_text())["checkpoint"]["latest"] or {}
        return deployment


def _executable(name: str, path: str) -> str:
    return next(
        str(Path(folder) / name)
        for folder in path.split(os.pathsep)
        if os.access(Path(folder) / name, os.X_OK)
    )
