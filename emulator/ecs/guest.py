"""What happens inside an instance when a command runs there.

The emulator runs no command and is no shell. A script comes to what the world file answers for
this instance; else to what a program does that it starts: a model of one piece of software, which
other services register here. A script that neither knows ends at once, well, and without output.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from emulator.ecs.tables import Instance, ScriptAnswer
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

PowerListener = Callable[[World, Instance, bool], None]
POWER_LISTENERS: list[PowerListener] = []
"""Called with True when an instance has come up, with False when it goes down or is released."""


def tell_power(world: World, instance: Instance, *, is_up: bool) -> None:
    """Let software that minds know that an instance came up or goes down."""
    for listener in POWER_LISTENERS:
        listener(world, instance, is_up)


@dataclass(frozen=True, slots=True)
class Answered:
    """A script whose outcome the world file declares."""

    answer: ScriptAnswer

    def recognises(self, _script: str) -> bool:
        """It was looked up by the script already."""
        return True

    def seconds(self, _world: World, _instance: Instance) -> float:
        """As declared."""
        return self.answer.seconds

    def run(self, _world: World, _instance: Instance, _script: str) -> Outcome:
        """Nothing but the declared output and exit code."""
        return Outcome(self.answer.output, self.answer.exit_code)


def program_of(instance: Instance, command_name: str, script: str) -> Program | None:
    """What a script comes to on an instance: its first answer that matches, else a program."""
    for answer in instance.answers:
        text = command_name if answer.by == "name" else script
        if re.search(answer.matches, text):
            return Answered(answer)
    return next((program for program in PROGRAMS if program.recognises(script)), None)
