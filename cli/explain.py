"""What the error catalogue knows of a code, wherever it was seen."""

from collections.abc import Iterator
from typing import Annotated

import typer

from smc.catalogue import COMMAND, COMMON, JOB, diagnosis, entries

SEEN = {
    COMMAND: "of a command on a server",
    COMMON: "of any service",
    JOB: "of a replication job or source server",
}


def explain(
    code: Annotated[str, typer.Argument(help="Such as SourceServerState.Invalid.")],
) -> None:
    """Print the likely cause and the fix of an error code; exit code 1 if it is not known."""
    known = list(meanings(code))
    typer.echo("\n".join(known) if known else f"{code} is not known; see {diagnosis('', code)}")
    raise typer.Exit(0 if known else 1)


def meanings(code: str) -> Iterator[str]:
    """A line for each place where the code is known."""
    for section, listed in entries().items():
        for entry in listed:
            if code not in entry.codes:
                continue
            actions = [f"{section}:{action}" for action in entry.actions]
            seen = SEEN.get(section, f"of {section.upper()}")
            place = f"from {', '.join(actions)}" if actions else seen
            yield f"{code} {place}: {entry.cause}. Fix: {entry.fix}."
