"""The commands of `python -m cli fleet`."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer
from rich.console import Console

from cli.embedded import DEV, embedded_pulumi
from cli.fleet.plan import FleetPlan, make_plan
from cli.fleet.split import MOST_SERVERS, By
from cli.fleet.standing import standing
from cli.fleet.summary import plan_table, summary_table, troubles, verdict
from cli.local_emulator import LocalEmulator
from cli.options import Organization, Stack

if TYPE_CHECKING:
    from cli.fleet.fleet import Fleet, Result

LOCAL = Path(__file__).parents[2] / ".local"
MOST_AT_A_TIME = 4
INTERRUPTED = 130

Split = Annotated[
    By | None,
    typer.Option(help="What a stack is made of; left out, what it was before."),
]
Size = Annotated[
    int | None,
    typer.Option(min=1, max=MOST_SERVERS, help="Most servers of a stack; left out, 500."),
]
Only = Annotated[list[str] | None, typer.Option(help="A stack of the fleet; may be repeated.")]
Parallel = Annotated[
    int | None,
    typer.Option(min=1, help="Stacks that are driven at a time; left out, one a core, at most 4."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without a question.")]


class Cancellable(Protocol):
    """What can be asked to end."""

    def cancel(self) -> None:
        """End what goes on; asked again, at once."""


fleet = typer.Typer(
    no_args_is_help=True, help="An inventory that is larger than one stack, split into several."
)


@fleet.command()
def plan(stack: Stack = DEV, by: Split = None, size: Size = None) -> None:
    """Print how the inventory is split into stacks; writes nothing and calls nothing."""
    _console().print(plan_table(make_plan(Path(), stack, by, size)))


@fleet.command()
def preview(
    stack: Stack = DEV,
    organization: Organization = "organization",
    by: Split = None,
    size: Size = None,
    only: Only = None,
    parallel: Parallel = None,
) -> None:
    """Preview all stacks, and write their files and who is in which; exit code 1 if any fails."""
    made = make_plan(Path(), stack, by, size)
    console = _console()
    console.print(plan_table(made))
    driven = _fleet(stack, organization, parallel, console)
    _finish(console, driven, "preview", lambda: driven.preview(made, only or ()), stack)


@fleet.command()
def up(
    stack: Stack = DEV,
    organization: Organization = "organization",
    by: Split = None,
    size: Size = None,
    only: Only = None,
    parallel: Parallel = None,
    yes: Yes = False,
) -> None:
    """Migrate the servers of all stacks, several stacks at a time; exit code 1 if any fails.

    Run again, it goes on with what is missing.
    """
    made = make_plan(Path(), stack, by, size)
    console = _console()
    console.print(plan_table(made))
    _ask(yes, f"Migrate {made.servers:,} servers?")
    driven = _fleet(stack, organization, parallel, console)
    _finish(console, driven, "up", lambda: driven.up(made, only or ()), stack)


@fleet.command()
def status(stack: Stack = DEV, organization: Organization = "organization") -> None:
    """Say how the servers of all stacks stand, as SMC tells it; Pulumi is not asked.

    Exit code 1 if a server failed, 3 if some are not finished.
    """
    made: FleetPlan = make_plan(Path(), stack)
    table, code = standing(made, organization)
    _console().print(table)
    raise typer.Exit(code)


@fleet.command()
def destroy(
    stack: Stack = DEV,
    organization: Organization = "organization",
    only: Only = None,
    parallel: Parallel = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove the stacks and their files, too.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Take back everything of all stacks that the fleet has or had; images and targets stay."""
    console = _console()
    driven = _fleet(stack, organization, parallel, console)
    _ask(yes, "Destroy them?")
    work: Callable[[], Result] = lambda: driven.destroy(only or (), remove=remove)  # noqa: E731
    _finish(console, driven, "destroy", work, stack)


def _console() -> Console:
    return Console(soft_wrap=False)


def _fleet(stack: str, organization: str, parallel: int | None, console: Console) -> "Fleet":
    # Loaded on use: the Automation API takes a second.
    from cli.fleet.fleet import Fleet  # noqa: PLC0415

    if stack == DEV:
        LocalEmulator(LOCAL).start()
    embedded = embedded_pulumi(Path(), LOCAL, stack)
    at_a_time = parallel or min(os.cpu_count() or 1, MOST_AT_A_TIME)
    return Fleet(Path(), stack, embedded, at_a_time, console, organization)


def _ask(yes: bool, question: str) -> None:
    if not yes:
        typer.confirm(question, abort=True, err=True)


def _finish(
    console: Console, driven: "Fleet", command: str, work: "Callable[[], Result]", stack: str
) -> None:
    """Do it, tell what it came to, and end with an exit code."""
    again = f"`python -m cli fleet {command} --stack {stack}`"
    with interruptions(console, driven, again) as caught:
        result = work()
    console.print(summary_table(result.outcomes, command, result.seconds))
    for line in troubles(result.outcomes):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    console.print(verdict(result.outcomes, again), highlight=False, soft_wrap=True)
    raise typer.Exit(INTERRUPTED if caught else int(not result.is_right))


@contextmanager
def interruptions(console: Console, driven: Cancellable, again: str) -> Iterator[list[int]]:
    """Ctrl-C, and being asked to end, cancel what runs; yields the signals that came."""
    caught: list[int] = []

    def cancel(number: int, frame: Any) -> None:
        del frame
        caught.append(number)
        driven.cancel()
        said = (
            f"cancelling. SMC goes on with what was started; {again} takes it up again."
            " Once more ends at once, and may leave locks."
            if len(caught) == 1
            else "ending at once."
        )
        console.print(said, highlight=False, soft_wrap=True)

    numbers = [signal.SIGINT, signal.SIGTERM]
    numbers += [signal.SIGHUP] if hasattr(signal, "SIGHUP") else []
    before = {number: signal.signal(number, cancel) for number in numbers}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
