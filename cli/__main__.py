"""`python -m cli`: the demo and its steps, discovery, the local emulator."""

import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli import notification_schema
from cli.demo import Demo, DemoError
from cli.discover import Filter
from cli.discover import discover as discover_servers
from cli.doctor import examine, is_healthy
from cli.doctor import members as doctor_members
from cli.drill import drill_reports, is_critical, tables
from cli.embedded import embedded_pulumi
from cli.estimate import stack_estimate
from cli.explain import explain
from cli.fleet.command import fleet
from cli.local_emulator import EmulatorError, LocalEmulator
from cli.options import Json, Organization, Regions, Stack
from cli.policy import policy_documents
from cli.pulumi_stack import PulumiStack
from cli.report.ask import make_report
from cli.report.page import page
from cli.review.command import review_command
from cli.schema import TARGET, encoded
from cli.stack_file import raw_settings, stack_settings
from cli.sweep import MEANING, Sweep, full_stack_name, lines, members
from cli.watch import schema as status_schema
from cli.watch.command import status, watch
from smc.errors import MigrationError
from smc.estimate.text import lines as lines_of_estimate
from smc.handlers.context import Context
from smc.handlers.leftovers import is_removable
from tools.engine.failure import EngineError

PROJECT = Path(__file__).parent.parent
LOCAL = PROJECT / ".local"

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
emulator = typer.Typer(no_args_is_help=True, help="The local emulator of the dev stack.")
app.add_typer(emulator, name="emulator")
app.add_typer(fleet, name="fleet")
app.command()(explain)
app.command("review")(review_command)
app.command()(watch)
app.command()(status)


@app.command()
def demo() -> None:
    """Run a whole migration on the local emulator, in a new world."""
    Demo(PROJECT, Console(soft_wrap=True)).run()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def pulumi(
    context: typer.Context,
    project: Annotated[
        Path, typer.Option(help="Folder of Pulumi.yaml, such as one of examples/.")
    ] = PROJECT,
) -> None:
    """Run `pulumi` on the dev stack with the local emulator: `python -m cli pulumi up`."""
    LocalEmulator(LOCAL).start()
    stack = PulumiStack(project, LOCAL)
    stack.select()
    raise typer.Exit(stack.run(*context.args).returncode)


@app.command()
def schema() -> None:
    """Write the JSON Schemas of stack files, `status --json` and notifications."""
    TARGET.write_text(encoded(), encoding="utf-8")
    for made in (status_schema, notification_schema):
        made.TARGET.write_text(made.encoded(), encoding="utf-8")


@app.command()
def discover(
    stack: Annotated[str, typer.Option(help="Whose Pulumi.STACK.yaml names the accounts.")] = "dev",
    everything: Annotated[bool, typer.Option("--all", help="All instances.")] = False,
    tag: Annotated[
        list[str] | None, typer.Option(help="KEY=VALUE; several have to hold together.")
    ] = None,
    name: Annotated[str, typer.Option(help="Pattern of the name, such as 'web-*'.")] = "",
    image: Annotated[str, typer.Option(help="Name of each target image.")] = "{name}-migrated",
    output: Annotated[Path, typer.Option(help="CSV or YAML file.")] = Path("servers.csv"),
    force: Annotated[bool, typer.Option(help="Replace the file.")] = False,
    merge: Annotated[bool, typer.Option(help="Add what the file does not select yet.")] = False,
) -> None:
    """Write instances of the source account into an inventory file."""
    tags = dict(pair.split("=", 1) for pair in tag or () if "=" in pair)
    if len(tags) != len(tag or ()):
        raise typer.BadParameter("write it as KEY=VALUE", param_hint="--tag")
    if everything == bool(tags or name):
        raise typer.BadParameter("give --tag, --name or both; or --all")
    raw = raw_settings(Path(), stack)
    wanted = Filter(name or "*", tags)
    done = discover_servers(raw, wanted, output, image, force=force, merge=merge)
    typer.echo(f"{output}: {len(done.added)} added, {done.kept} listed already.")
    typer.echo(f"Review it, commit it, and name it in Pulumi.{stack}.yaml: serversFile: {output}")


@app.command()
def policy(stack: Stack = "dev") -> None:
    """Print what both sides have to be allowed for a stack, as policy documents in JSON."""
    typer.echo(json.dumps(policy_documents(stack_settings(Path(), stack)), indent=2))


@app.command()
def sweep(
    stack: Stack = "dev",
    organization: Organization = "organization",
    gone: Annotated[
        list[str] | None,
        typer.Option(help="Stack that is gone: its jobs and source servers are leftovers."),
    ] = None,
    region: Regions = None,
    acknowledge: Annotated[
        list[str] | None, typer.Option(help="Id of a leftover that only its name tells.")
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Remove them, after a question.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them without a question.")] = False,
    as_json: Json = False,
) -> None:
    """List what no live job explains, with hours and cost; exit code 1 while something is left."""
    settings = stack_settings(Path(), stack)
    names = [full_stack_name(Path(), each, organization) for each in (stack, *(gone or ()))]
    sweeper = Sweep(settings, names[0], names[1:], region or [])
    say = partial(typer.echo, err=as_json)
    found = sweeper.look()
    say("\n".join(lines(found, settings)))
    acknowledged = acknowledge or []
    doomed = [each for each in found.left if is_removable(each, acknowledged)]
    if doomed and (yes or (remove and typer.confirm(f"Remove {len(doomed)}?", err=True))):
        found = sweeper.remove(doomed, Context(progress=say))
        say("\n".join(found.text()))
    if as_json:
        typer.echo(json.dumps(members(found, settings), indent=2))
    raise typer.Exit(0 if found.is_clean else 1)


@app.command()
def certificate(
    stack: Stack = "dev",
    organization: Organization = "organization",
    region: Regions = None,
    as_json: Json = False,
) -> None:
    """Check the account now: what was looked at, what is left; exit code 1 if anything is."""
    settings = stack_settings(Path(), stack)
    name = full_stack_name(Path(), stack, organization)
    made = Sweep(settings, name, regions=region or []).look()
    if as_json:
        typer.echo(json.dumps(members(made, settings), indent=2))
    else:
        typer.echo("\n".join([*made.text(), f"  {MEANING}"]))
    raise typer.Exit(0 if made.is_clean else 1)


@app.command()
def doctor(
    stack: Stack = "dev", organization: Organization = "organization", as_json: Json = False
) -> None:
    """Find what stands in the way of a stack and what mends it; exit code 1 if anything does."""
    embedded = embedded_pulumi(Path(), LOCAL, stack)
    findings = []
    for finding in examine(Path(), stack, organization, embedded):
        findings.append(finding)
        if not as_json:
            typer.echo(str(finding))
    if as_json:
        typer.echo(json.dumps(doctor_members(findings), indent=2))
    raise typer.Exit(0 if is_healthy(findings) else 1)


@app.command()
def estimate(
    stack: Stack = "dev", organization: Organization = "organization", as_json: Json = False
) -> None:
    """Estimate time and cost of what the next `pulumi up` migrates."""
    embedded = embedded_pulumi(Path(), LOCAL, stack)
    full_name = full_stack_name(Path(), stack, organization)
    made = stack_estimate(stack_settings(Path(), stack), full_name, stack, embedded)
    if as_json:
        typer.echo(json.dumps(made.members(), indent=2))
    else:
        typer.echo("\n".join(lines_of_estimate(made)) or "Nothing is left to migrate.")


@app.command()
def drill(stack: Stack = "dev", as_json: Json = False) -> None:
    """Print what the drills of the last update found; exit code 1 if anything is critical."""
    embedded = embedded_pulumi(Path(), LOCAL, stack)
    reports = drill_reports(stack, embedded)
    if as_json:
        typer.echo(json.dumps(reports, indent=2))
    elif reports:
        for table in tables(reports):
            Console().print(table)
    else:
        typer.echo(
            "No server has been drilled: execution is neither drillOnly nor drillAndMigrate."
        )
    raise typer.Exit(1 if is_critical(reports) else 0)


@app.command()
def report(
    stack: Stack = "dev",
    organization: Organization = "organization",
    output: Annotated[Path, typer.Option(help="The HTML file.")] = Path("report.html"),
    earlier: Annotated[
        Path | None,
        typer.Option(help="An earlier report: after destroy, the state knows no result any more."),
    ] = None,
) -> None:
    """Write what a migration did into one HTML file that needs nothing else."""
    embedded = embedded_pulumi(Path(), LOCAL, stack)
    made = make_report(stack, organization, embedded, earlier, partial(typer.echo, err=True))
    output.write_text(page(made), encoding="utf-8")
    typer.echo(f"{output}: {len(made.servers)} servers")


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
