"""How the servers of a fleet stand, stack by stack, as SMC tells it."""

from rich.table import Table

from cli.fleet.plan import FleetPlan
from cli.sweep import full_stack_name
from cli.watch.follow import ExitCode, exit_code
from cli.watch.subject import look_of_stack
from smc.settings import load_settings

WORST_FIRST = (ExitCode.FAILED, ExitCode.NOT_FINISHED, ExitCode.DONE)


def standing(plan: FleetPlan, organization: str) -> tuple[Table, ExitCode]:
    """A table of all stacks, and the exit code that they come to.

    Args:
        plan: of the fleet.
        organization: of its stacks.

    Raises:
        MigrationError: the credentials are refused, or SMC does not answer.
    """
    table = Table("stack", "servers", "done", "running", "to come", "held", "failed", "progress")
    for column in table.columns[1:]:
        column.justify = "right"
    codes = set()
    for stack in plan.stacks:
        if stack.settings is None or stack.members is None:
            continue
        settings = load_settings(stack.settings, plan.project)
        name = full_stack_name(plan.project, stack.name, organization)
        seen = look_of_stack(settings, name).look()
        counts = seen.counts
        numbers = (counts.done, counts.running, counts.pending, counts.held, counts.failed)
        shown = [f"{number:,}" if number else "" for number in numbers]
        progress = sum(wave.progress_percent for wave in seen.waves) / max(len(seen.waves), 1)
        table.add_row(stack.name, f"{stack.servers:,}", *shown, f"{progress:.0f} %")
        codes.add(exit_code(seen))
    return table, next(code for code in WORST_FIRST if code in codes or code is ExitCode.DONE)
