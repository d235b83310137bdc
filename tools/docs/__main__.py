"""`python -m tools.docs`: make the pages that are made; `make docs` makes all."""

from typing import Annotated

import typer

from tools.docs import document_table, reference, review_example
from tools.docs.source import read_source, source_names
from tools.docs.task_pages import made
from tools.docs.twins import twin, twin_names, twin_page

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Pages in docs/ that are made, not written."""


@app.command("reference")
def make_reference() -> None:
    """Make docs/reference.md from the settings' models."""
    reference.TARGET.write_text(reference.reference_page(), encoding="utf-8")


@app.command("table")
def make_table() -> None:
    """Make docs/console-and-settings.md from document.yaml."""
    document_table.TARGET.write_text(document_table.table_page(), encoding="utf-8")


@app.command("tasks")
def make_tasks(
    names: Annotated[list[str] | None, typer.Argument(help="Pages; all if none is named.")] = None,
) -> None:
    """Make task pages from runs of their commands on the emulator."""
    for name in names or source_names():
        source = read_source(name)
        source.page.write_text(made(source), encoding="utf-8")
        typer.echo(source.page)


@app.command("review")
def make_review() -> None:
    """Make the example in docs/review.md from a review on the emulator."""
    review_example.PAGE.write_text(review_example.page(), encoding="utf-8")


@app.command("twins")
def make_twins() -> None:
    """Make the Japanese twins from their sources and the English pages."""
    for name in twin_names():
        twin(name).parent.mkdir(exist_ok=True)
        twin(name).write_text(twin_page(name), encoding="utf-8")


if __name__ == "__main__":
    app()
