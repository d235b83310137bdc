"""What `python -m cli report` asks, and whom, before it writes the page."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from cli import stack_state
from cli.pulumi_stack import PulumiStack
from cli.report.gather import report_of
from cli.report.model import Report
from cli.report.page import report_of_page
from cli.stack_file import stack_settings
from cli.sweep import Sweep, full_stack_name
from cli.watch.subject import look_of_stack
from smc.clock import utc_text
from smc.errors import MigrationError

Told = TypeVar("Told")


def make_report(
    stack: str,
    organization: str,
    embedded: PulumiStack | None,
    earlier: Path | None,
    warn: Callable[[str], None],
) -> Report:
    """Everything that can be known of a stack now.

    What cannot be asked is said in the report, but not why: an error may name what is nobody's
    business but the caller's.

    Args:
        stack: name of the stack.
        organization: of the stack.
        embedded: Pulumi with a home of its own; None for the user's own Pulumi.
        earlier: an earlier report, for what the state does not know any more.
        warn: is told what could not be asked, and why.

    Raises:
        MigrationError: the settings have problems, or the earlier report cannot be read.
    """
    settings = stack_settings(Path(), stack)
    name = full_stack_name(Path(), stack, organization)
    before = _earlier(earlier, name) if earlier else None
    notes: list[str] = []

    def attempt(what: str, ask: Callable[[], Told]) -> Told | None:
        try:
            return ask()
        except MigrationError as error:
            notes.append(f"{what} could not be asked when this was made, and is not in it.")
            warn(f"{what}: {error}")
            return None

    resources = attempt("The stack's state", lambda: stack_state.resources(stack, embedded)) or []
    status = attempt("SMC", lambda: look_of_stack(settings, name).look())
    certificate = attempt("What is left", lambda: Sweep(settings, name).look())
    return report_of(
        settings,
        name,
        resources,
        status,
        certificate,
        at=status.at if status else utc_text(datetime.now(UTC)),
        earlier=before,
        notes=notes,
    )


def _earlier(file: Path, name: str) -> Report:
    try:
        report = report_of_page(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MigrationError(
            f"{file} is no report that can be gone on with: {error}."
            " Fix: name one that this command wrote, or leave out --earlier."
        ) from error
    if report.stack != name:
        raise MigrationError(f"{file} is of stack {report.stack}. Fix: name one of {name}.")
    return report
