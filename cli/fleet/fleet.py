"""A fleet as a whole: its files, its engine, and a command over all of its stacks."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from cli.fleet.board import Board
from cli.fleet.commands import Commands, Tell
from cli.fleet.conductor import Conductor
from cli.fleet.engine import DEFAULT_ORGANIZATION, Engine
from cli.fleet.fleet_file import fleet_file, read_split, write_split
from cli.fleet.homes import refuse_moves
from cli.fleet.outcome import Outcome
from cli.fleet.plan import FleetPlan, FleetStack
from cli.fleet.settings import secrets_provider, write_stack_file
from cli.fleet.split import ACCESS, Split
from cli.pulumi_stack import PulumiStack
from smc.errors import MigrationError


@dataclass(frozen=True, slots=True)
class Result:
    """What a command came to on all stacks, by their names in their order."""

    outcomes: Mapping[str, Outcome]
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether nothing of it is left to do."""
        return all(outcome.is_right for outcome in self.outcomes.values())


class Fleet:
    """Drives the stacks of a fleet.

    Args:
        project: folder of Pulumi.yaml and the stack files.
        name: of the stack whose file has the settings.
        embedded: Pulumi with a home of its own; None for the user's own Pulumi.
        parallel: how many stacks are driven at a time.
        console: where progress is shown.
        organization: of the stacks.

    Raises:
        MigrationError: there is no Pulumi, or its backend cannot be asked.
    """

    def __init__(
        self,
        project: Path,
        name: str,
        embedded: PulumiStack | None,
        parallel: int,
        console: Console,
        organization: str = DEFAULT_ORGANIZATION,
    ) -> None:
        self._project = project
        self._name = name
        self._parallel = parallel
        self._organization = organization
        self._console = console
        self._engine = Engine(project, embedded, organization, secrets_provider(project, name))
        self._resources = self._engine.resources()
        self._cancelled = False

    def preview(self, plan: FleetPlan, only: Sequence[str] = ()) -> Result:
        """Preview the stacks, and write their files.

        Args:
            plan: of the fleet.
            only: names of stacks; all if there are none.

        Raises:
            SettingsError: who is in which stack is not what it was.
            MigrationError: the stack of the fleet's settings has servers itself.
        """
        self._write(plan)
        # A preview waits for nothing that another stack would do.
        stacks = [replace(s, after=frozenset()) for s in _chosen(plan.stacks, only)]
        return self._conduct(stacks, self._commands().preview)

    def up(self, plan: FleetPlan, only: Sequence[str] = ()) -> Result:
        """Migrate the servers of the stacks; arguments and errors as for `preview`."""
        self._write(plan)
        commands = self._commands()
        file = fleet_file(self._project, self._name)
        split = plan.split

        def settle(stack: FleetStack, outcome: Outcome) -> None:
            nonlocal split
            if outcome.is_right and stack.members is not None:
                is_gone = stack.settings is None
                split = self._without(split, stack.name) if is_gone else split.settled(stack.name)
                write_split(file, split)

        return self._conduct(_chosen(plan.stacks, only), commands.up, settle)

    def destroy(self, only: Sequence[str] = (), *, remove: bool = False) -> Result:
        """Take back everything of the stacks; what all share goes last.

        Args:
            only: names of stacks; all of the fleet if there are none.
            remove: whether the stacks, their files and what was decided go, too.

        Raises:
            MigrationError: nobody knows of such a fleet.
        """
        file = fleet_file(self._project, self._name)
        split = read_split(file)
        if split is None:
            raise MigrationError(f"there is no {file.name}, so nobody knows of stacks of a fleet.")
        stacks = [FleetStack(name, members, None) for name, members in split.stacks.items()]
        access = f"{self._name}-{ACCESS}"
        if access in self._resources:
            users = frozenset(name for name in split.stacks if self._resources.get(name))
            stacks.append(FleetStack(access, None, None, users))
        for stack in stacks:
            write_stack_file(self._project, stack.name, self._name, None)

        def settle(stack: FleetStack, outcome: Outcome) -> None:
            nonlocal split
            if remove and outcome.is_right and stack.members is not None and split is not None:
                split = self._without(split, stack.name)
                write_split(file, split)

        commands = self._commands()
        return self._conduct(
            _chosen(stacks, only),
            lambda stack, tell: commands.destroy(stack, tell, remove=remove),
            settle,
        )

    def cancel(self) -> None:
        """Begin no more stacks, and ask those that are driven to end; again, to end at once."""
        self._cancelled = True
        self._engine.cancel()

    def _without(self, split: Split, stack: str) -> Split:
        (self._project / f"Pulumi.{stack}.yaml").unlink(missing_ok=True)
        return split.without(stack)

    def _commands(self) -> Commands:
        known = frozenset(self._resources)
        return Commands(self._engine, known, lambda: self._cancelled)

    def _write(self, plan: FleetPlan) -> None:
        if self._resources.get(self._name):
            raise MigrationError(
                f"stack {self._name} has {self._resources[self._name]} resources itself, and its"
                f" servers would be in two stacks. Fix: `pulumi destroy --stack {self._name}`"
                " before it is split."
            )
        refuse_moves(plan, self._resources, self._organization)
        write_split(fleet_file(self._project, self._name), plan.split)
        for stack in plan.stacks:
            write_stack_file(self._project, stack.name, self._name, stack.settings)

    def _conduct(
        self,
        stacks: Sequence[FleetStack],
        command: Callable[[FleetStack, Tell], Outcome],
        settle: Callable[[FleetStack, Outcome], None] | None = None,
    ) -> Result:
        board = Board(self._console, {stack.name: stack.servers for stack in stacks})
        begun = time.monotonic()

        def drive(stack: FleetStack) -> Outcome:
            board.begin(stack.name)
            return command(stack, lambda line: board.tell(stack.name, line))

        def over(stack: FleetStack, outcome: Outcome) -> None:
            board.end(stack.name, outcome)
            if settle is not None:
                settle(stack, outcome)

        before = self._commands().ended_before
        conductor = Conductor(drive, over, self._parallel, before, lambda: self._cancelled)
        with board.shown():
            outcomes = conductor.conduct(stacks)
        return Result(outcomes, time.monotonic() - begun)


def _chosen(stacks: Sequence[FleetStack], only: Sequence[str]) -> list[FleetStack]:
    unknown = set(only) - {stack.name for stack in stacks}
    if unknown:
        raise MigrationError(
            f"{', '.join(sorted(unknown))}: not of this fleet. Fix: name some of"
            f" {', '.join(stack.name for stack in stacks)}."
        )
    return [stack for stack in stacks if not only or stack.name in only]
