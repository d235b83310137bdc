"""The command: files in, a comment and an exit code out."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.review.comment import comment, failed_comment, review
from cli.review.estimates import Estimates, read_estimates
from cli.review.outcome import Outcome
from cli.review.preview import NoPreviewError, read_preview

STDIN = "-"


def review_command(
    preview: Annotated[
        str, typer.Argument(help="What `pulumi preview --json --show-sames` wrote; - for stdin.")
    ] = STDIN,
    estimate: Annotated[
        Path | None, typer.Option(help="What `python -m cli estimate --json` wrote.")
    ] = None,
    stack: Annotated[str, typer.Option(help="Stack, for where there is no preview.")] = "",
    output: Annotated[Path | None, typer.Option(help="File for the comment.")] = None,
) -> None:
    """Turn a preview into one Markdown comment.

    Exit codes: 0 nothing is destroyed, 10 something is, 11 a change is refused, 12 the preview
    failed.
    """
    text = sys.stdin.read() if preview == STDIN else Path(preview).read_text(encoding="utf-8")
    estimates = read_estimates(estimate.read_text(encoding="utf-8")) if estimate else Estimates()
    try:
        made = review(read_preview(text), estimates)
        told, outcome = comment(made), made.outcome
    except NoPreviewError as error:
        typer.echo(f"error: {error}", err=True)
        told, outcome = failed_comment(stack), Outcome.FAILED
    if output:
        output.write_text(told, encoding="utf-8")
    else:
        typer.echo(told, nl=False)
    raise typer.Exit(outcome)
