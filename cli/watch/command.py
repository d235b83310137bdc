"""The commands `watch` and `status` of `python -m cli`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live

from cli.options import Json, Organization, Stack
from cli.watch.follow import ExitCode, exit_code, follow
from cli.watch.lines import PlainLines, everything
from cli.watch.screen import Screen
from cli.watch.subject import Subject
from smc.clock import SystemClock
from smc.fleet_status import FleetStatus
from smc.handlers.fleet_look import FleetLook

MINUTE_SECONDS = 60

Account = Annotated[
    bool, typer.Option("--account", help="All jobs of an account; needs no settings of a stack.")
]
Profile = Annotated[
    str | None, typer.Option(help="With --account: profile of the Alibaba Cloud CLI.")
]
CredentialsFile = Annotated[
    Path | None, typer.Option(help="With --account: the CLI's configuration file.")
]
Region = Annotated[str, typer.Option(help="With --account: where the credentials are checked.")]
Emulator = Annotated[
    Path | None, typer.Option(help="With --account: address file of a local emulator.")
]


def watch(
    stack: Stack = "dev",
    organization: Organization = "organization",
    account: Account = False,
    profile: Profile = None,
    credentials_file: CredentialsFile = None,
    region: Region = "cn-hangzhou",
    emulator: Emulator = None,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks.")] = 15.0,
    idle_minutes: Annotated[
        float, typer.Option(min=0, help="Minutes without any change after which it ends.")
    ] = 60.0,
    once: Annotated[bool, typer.Option("--once", help="One look.")] = False,
) -> None:
    """Show how servers move, until all are done; asks SMC alone and changes nothing.

    Exit code 1 if a server failed, 3 if some are not finished. Where the output is no terminal,
    changes are told in lines.
    """
    subject = Subject(stack, organization, account, profile, credentials_file, region, emulator)
    look = subject.look()
    seen = look.look()
    console, idle_seconds = Console(), idle_minutes * MINUTE_SECONDS
    try:
        if once:
            console.print(Screen(seen, "one look"))
        elif console.is_terminal:
            seen = _on_screen(console, look, seen, every, idle_seconds)
        else:
            seen = _in_lines(look, seen, every, idle_seconds)
    except KeyboardInterrupt:
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    raise typer.Exit(exit_code(seen))


def status(
    stack: Stack = "dev",
    organization: Organization = "organization",
    account: Account = False,
    profile: Profile = None,
    credentials_file: CredentialsFile = None,
    region: Region = "cn-hangzhou",
    emulator: Emulator = None,
    as_json: Json = False,
) -> None:
    """Say once how all servers stand; the schema of the JSON is schema/status.schema.json.

    Exit code 1 if a server failed, 3 if some are not finished.
    """
    subject = Subject(stack, organization, account, profile, credentials_file, region, emulator)
    seen = subject.look().look()
    typer.echo(seen.model_dump_json(indent=2) if as_json else "\n".join(everything(seen)))
    raise typer.Exit(exit_code(seen))


def _on_screen(
    console: Console, look: FleetLook, first: FleetStatus, every: float, idle_seconds: float
) -> FleetStatus:
    """On the terminal's other screen, as it is drawn anew all the time; the last look stays."""
    shown = Screen(first, "")

    def show(seen: FleetStatus, error: str) -> None:
        nonlocal shown
        note = f"the last look failed: {error}" if error else f"a look every {every:g} s"
        shown = Screen(seen, f"{note} · Ctrl-C ends", failing=bool(error))

    with Live(get_renderable=lambda: shown, console=console, screen=True, refresh_per_second=2):
        seen = follow(look, first, show, SystemClock(), every, idle_seconds)
    console.print(Screen(seen, "the last look"))
    return seen


def _in_lines(
    look: FleetLook, first: FleetStatus, every: float, idle_seconds: float
) -> FleetStatus:
    lines, clock = PlainLines(), SystemClock()

    def show(seen: FleetStatus, error: str) -> None:
        told = [f"the last look failed: {error}"] if error else lines.tell(seen, clock.monotonic())
        for line in told:
            typer.echo(line)

    return follow(look, first, show, clock, every, idle_seconds)
