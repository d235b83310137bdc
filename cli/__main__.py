"""`python -m cli`: the demo, its steps, and the local emulator."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli.demo import Demo, DemoError
from cli.local_emulator import EmulatorError, LocalEmulator
from cli.pulumi_stack import PulumiStack
from cli.schema import TARGET, encoded
from smc.errors import MigrationError
from tools.engine.failure import EngineError

PROJECT = Path(__file__).parent.parent
LOCAL = PROJECT / ".local"

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
emulator = typer.Typer(no_args_is_help=True, help="The local emulator of the dev stack.")
app.add_typer(emulator, name="emulator")


@app.command()
def demo() -> None:
    """Run a whole migration on the local emulator, in a new world."""
    Demo(PROJECT, Console(soft_wrap=True)).run()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def pulumi(context: typer.Context) -> None:
    """Run `pulumi` on the dev stack with the local emulator: `python -m cli pulumi up`."""
    LocalEmulator(LOCAL).start()
    stack = PulumiStack(PROJECT, LOCAL)
    stack.select()
    raise typer.Exit(stack.run(*context.args).returncode)


@app.command()
def schema() -> None:
    """Write the JSON Schema of stack files from the settings' models."""
    TARGET.write_text(encoded(), encoding="utf-8")


@emulator.command()
def start(
    speed: Annotated[float, typer.Option(help="Virtual seconds a real second.")] = 600,
) -> None:
    """Start it in the background, unless it runs."""
    started = LocalEmulator(LOCAL, speed).start()
    typer.echo(f"{started['endpoint']} (process {started['pid']})")


@emulator.command()
def stop() -> None:
    """Stop it; its world stays."""
    LocalEmulator(LOCAL).stop()


@emulator.command()
def reset() -> None:
    """Stop it and forget its world."""
    LocalEmulator(LOCAL).reset()


def main() -> None:
    """Run the command line; expected failures are one message."""
    try:
        app()
    except (DemoError, EmulatorError, EngineError, MigrationError) as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
