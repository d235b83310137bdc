"""A command that is interrupted at one of its API calls."""

from collections.abc import Callable

from tests.crash.victims import LONGEST_SECONDS, Processes
from tests.support.project import Outcome, Project
from tests.support.trap import Moment, Trap


def interrupted(
    project: Project,
    trap: Trap,
    moment: Moment,
    act: Callable[[Processes], object],
    *,
    command: str = "up",
) -> tuple[Processes, Outcome]:
    """Run `up`, or another command, to its end, and act at a moment of it."""
    happened: list[object] = []
    with (project.program / "output").open("w+") as output:
        update = project.process(command, "--yes", "--skip-preview", output=output)
        processes = Processes(update)
        trap.set(moment, lambda: happened.append(act(processes)))
        code = update.wait(LONGEST_SECONDS)
        trap.watch(lambda _: None)
        output.seek(0)
        outcome = Outcome(code, output.read())
    assert happened, outcome.text
    return processes, outcome
