"""What happens inside an instance when a command runs there.

The emulator runs no command. A program is a model of one piece of software: it recognises scripts
that start it, says how long it takes in virtual time, and what comes of it. Other services register
theirs here; a script that no program recognises ends at once, well, and without output.
"""

from dataclasses import dataclass
from typing import Protocol

from emulator.ecs.tables import Instance
from emulator.world import World


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended."""

    output: str = ""
    exit_code: int = 0


class Program(Protocol):
    """A model of software inside an instance."""

    def recognises(self, script: str) -> bool:
        """Whether the script starts this program."""

    def seconds(self, world: World, instance: Instance) -> float:
        """How long it runs, in virtual seconds."""

    def run(self, world: World, instance: Instance, script: str) -> Outcome:
        """Let it have its effect; called at its end."""


PROGRAMS: list[Program] = []


def program_of(script: str) -> Program | None:
    """The program that a script starts, if any is known."""
    return next((program for program in PROGRAMS if program.recognises(script)), None)
