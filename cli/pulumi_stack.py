"""Pulumi for the stacks of this project, with everything it keeps in one folder."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.engine.ensure import ensure
from tools.engine.environment import engine_environment

PROGRAM = ("Pulumi.yaml", "__main__.py", "components", "providers", "smc")
PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "grpc_proxy"})


@dataclass(frozen=True)
class PulumiStack:
    """A stack on the local emulator, of the program in `program`, all it keeps below `home`.

    The Python of this process runs the program, so its virtual environment is put on PATH.
    """

    program: Path
    home: Path
    name: str = "dev"
    extra_environment: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The environment in which `pulumi` runs."""
        engine = engine_environment(ensure(), self.home)
        binaries = Path(sys.executable).parent
        # Everything is on loopback. Pulumi's own processes and the alicloud plugin would go there
        # through a proxy, the plugin whatever NO_PROXY says (measured).
        inherited = {k: v for k, v in os.environ.items() if k.lower() not in PROXIES}
        return {
            **inherited,
            **engine,
            "PATH": f"{binaries}{os.pathsep}{engine['PATH']}",
            "VIRTUAL_ENV": sys.prefix,
            **self.extra_environment,
        }

    def select(self) -> None:
        """Make the stack if need be, and select it."""
        arguments = ["stack", "select", self.name, "--create", "--non-interactive"]
        self.run(*arguments, quiet=True, check=True)

    def run(
        self, *arguments: str, quiet: bool = False, check: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run `pulumi`; its output goes to the terminal, or is returned when `quiet`.

        Raises:
            subprocess.CalledProcessError: it failed, and `check` is set.
        """
        environment = self.environment()
        pulumi = "pulumi"
        return subprocess.run(  # noqa: S603 - fixed program, our own arguments
            [pulumi, *arguments],
            executable=str(_which(pulumi, environment["PATH"])),
            cwd=self.program,
            env=environment,
            text=True,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            check=check,
        )

    def outputs(self) -> dict[str, Any]:
        """The outputs of the last update."""
        said = self.run("stack", "output", "--json", quiet=True, check=True).stdout
        outputs: dict[str, Any] = json.loads(said)
        return outputs


def link_program(folder: Path) -> None:
    """Put this project's program into a folder, by links, for stacks apart from its own."""
    project = Path(__file__).parents[1]
    for name in PROGRAM:
        (folder / name).symlink_to(project / name)
    (folder / ".venv").symlink_to(sys.prefix)


def _which(program: str, path: str) -> Path:
    for folder in path.split(os.pathsep):
        candidate = Path(folder) / program
        if candidate.is_file() and os.access(candidate, os.X_OK):
            return candidate
    raise FileNotFoundError(program)
