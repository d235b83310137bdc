"""The processes of one `pulumi` command, and the end of one of them at a chosen moment."""

import subprocess
from enum import StrEnum

import psutil

LONGEST_SECONDS = 120.0
SERVER_MODULE = "pulumi.dynamic"


class Victim(StrEnum):
    """Who is killed."""

    CLI = "cli"
    """`pulumi` itself, with the engine in it."""

    PROVIDER = "provider"
    """The process of the dynamic provider, which makes all calls of SMC."""


class Processes:
    """A `pulumi` command and whatever it started.

    Args:
        command: the command.
    """

    def __init__(self, command: "subprocess.Popen[str]") -> None:
        self.command = command
        self._started: list[psutil.Process] = []
        self._provider: psutil.Process | None = None

    def find_provider(self) -> psutil.Process | None:
        """The process that serves the dynamic providers, if it was started."""
        self._started = psutil.Process(self.command.pid).children(recursive=True)
        self._provider = next((p for p in self._started if _serves_providers(p)), None)
        return self._provider

    def strike(self, victim: Victim) -> bool:
        """Kill the victim and return when it is dead; False if it does not run."""
        provider = self.find_provider()
        if victim is Victim.CLI:
            self.command.kill()
            self.command.wait()
        elif provider is not None:
            provider.kill()
            provider.wait(LONGEST_SECONDS)
        return victim is Victim.CLI or provider is not None

    def end_what_is_left(self) -> bool:
        """End what a killed engine left running; plugins that are not ours stay for minutes.

        Returns:
            Whether the provider had ended before, by itself.
        """
        ended = self._provider is None or _ends(self._provider)
        for process in self._started:
            if process.is_running():
                process.kill()
        psutil.wait_procs(self._started, LONGEST_SECONDS)
        return ended


def _serves_providers(process: psutil.Process) -> bool:
    try:
        return process.name().startswith("python") and SERVER_MODULE in process.cmdline()
    except psutil.NoSuchProcess:
        return False


def _ends(process: psutil.Process) -> bool:
    _, alive = psutil.wait_procs([process], LONGEST_SECONDS)
    return not alive
