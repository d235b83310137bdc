"""`python -m tools.docs`: make the pages that are made."""

import typer

from tools.docs import reference

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def main() -> None:
    """Pages in docs/ that are made, not written."""


@app.command("reference")
def make_reference() -> None:
    """Make docs/reference.md from the settings' models."""
    reference.TARGET.write_text(reference.reference_page(), encoding="utf-8")


if __name__ == "__main__":
    app()
