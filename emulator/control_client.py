"""`python -m emulator billing|clock|fault|ledger …`: the control interface of a running emulator.

The endpoint and the token are in the line that `serve` prints.
"""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from emulator.http.control import CONTROL_TOKEN_HEADER

TIMEOUT_SECONDS = 30.0

Endpoint = Annotated[
    str, typer.Option(envvar="EMULATOR_ENDPOINT", help="Such as http://127.0.0.1:8080.")
]
Token = Annotated[str, typer.Option(envvar="EMULATOR_CONTROL_TOKEN", help="Of the same start.")]


class ControlError(Exception):
    """The emulator refused, or is not there."""


@dataclass(frozen=True, slots=True)
class ControlClient:
    """The control interface of the emulator at `endpoint`."""

    endpoint: str
    token: str

    def call(self, method: str, path: str, members: dict[str, Any] | None = None) -> Any:
        """The members of the answer to `method` on `path`.

        Raises:
            ControlError: with the emulator's words, or why it cannot be reached.
        """
        if not self.endpoint.startswith("http://"):
            raise ControlError(f"{self.endpoint} is not an endpoint: it begins with http://")
        request = urllib.request.Request(  # noqa: S310 - http only, see above
            f"{self.endpoint}/-/{path}",
            method=method,
            headers={CONTROL_TOKEN_HEADER: self.token},
            data=json.dumps(members).encode() if members is not None else None,
        )
        # Loopback is never behind a proxy, whatever the environment says.
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ControlError(json.load(error)["Message"]) from None
        except OSError as error:
            raise ControlError(f"no emulator answers at {self.endpoint}: {error}") from None


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
fault = typer.Typer(help="Let calls, jobs, clients or sessions fail.")
app.add_typer(fault, name="fault")


@app.command()
def ledger(
    endpoint: Endpoint,
    token: Token,
    latest: Annotated[int, typer.Option(min=0, help="Calls to show, newest last.")] = 20,
) -> None:
    """Show how often each action was called, and the latest calls."""
    _show(_call("GET", f"ledger?latest={latest}", endpoint, token))


@app.command()
def billing(endpoint: Endpoint, token: Token) -> None:
    """Show what is or was billed: hours and cost so far."""
    _show(_call("GET", "billing", endpoint, token))


@app.command()
def advance(
    seconds: Annotated[float, typer.Argument(min=0, help="Virtual seconds.")],
    endpoint: Endpoint,
    token: Token,
) -> None:
    """Let virtual time jump ahead, and all happen that falls due."""
    _show(_call("POST", "clock", endpoint, token, {"advance_seconds": seconds}))


@app.command()
def speed(
    factor: Annotated[float, typer.Argument(min=0, help="Virtual seconds a real second.")],
    endpoint: Endpoint,
    token: Token,
) -> None:
    """Let virtual time run faster or slower; 0 stops it."""
    _show(_call("POST", "clock", endpoint, token, {"speed": factor}))


@app.command()
def latency(
    milliseconds: Annotated[float, typer.Argument(min=0, help="Real milliseconds.")],
    endpoint: Endpoint,
    token: Token,
) -> None:
    """Let every answer come so much later."""
    _show(_call("POST", "latency", endpoint, token, {"milliseconds": milliseconds}))


@app.command()
def snapshot(
    file: Annotated[Path, typer.Argument(help="A new file, readable by its owner only.")],
    endpoint: Endpoint,
    token: Token,
) -> None:
    """Write the whole world, its access keys included, to a file."""
    world = _call("GET", "snapshot", endpoint, token)
    try:
        file.touch(mode=0o600, exist_ok=False)
        file.write_text(json.dumps(world), encoding="utf-8")
    except OSError as error:
        _refuse(f"{file} cannot be written: {error.strerror}")
    _show({"now": world["now"]})


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="From `snapshot`.")],
    endpoint: Endpoint,
    token: Token,
) -> None:
    """Replace the world by that of a file."""
    try:
        world = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        _refuse(f"{file} cannot be read: {error.strerror}")
    except ValueError:
        _refuse(f"{file} is not a snapshot.")
    _show(_call("POST", "restore", endpoint, token, world))


@fault.command("add")
def add_fault(
    kind: Annotated[
        str,
        typer.Argument(
            help="Of calls: error, throttle, reset, lost, slow, truncated, stale."
            " Of the world: job_failure, client_offline, client_online, session_expiry."
        ),
    ],
    endpoint: Endpoint,
    token: Token,
    service: Annotated[str | None, typer.Option(help="ecs, ram, smc or sts.")] = None,
    action: Annotated[str | None, typer.Option(help="Only this action.")] = None,
    count: Annotated[int | None, typer.Option(min=1, help="Calls that it hits.")] = None,
    share: Annotated[float | None, typer.Option(help="Share of calls, up to 1.")] = None,
    code: Annotated[str | None, typer.Option(help="Of an error or a failed job.")] = None,
    status: Annotated[int | None, typer.Option(help="HTTP status of an error.")] = None,
    seconds: Annotated[
        float | None,
        typer.Option(help="slow: real, later; stale: virtual, ago; error, throttle: retry after."),
    ] = None,
    subject: Annotated[
        str | None, typer.Option(help="Id of a job, source server, instance or session.")
    ] = None,
    at_percent: Annotated[float | None, typer.Option(help="Progress of a failed job.")] = None,
) -> None:
    """Let something fail; without --count or --share the next call only."""
    wanted = {
        "kind": kind,
        "service": service,
        "action": action,
        "count": count,
        "share": share,
        "code": code,
        "status": status,
        "seconds": seconds,
        "subject": subject,
        "at_percent": at_percent,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    _show(_call("POST", "faults", endpoint, token, given))


@fault.command("list")
def list_faults(endpoint: Endpoint, token: Token) -> None:
    """Show the faults that are armed, and failures that jobs are to have."""
    _show(_call("GET", "faults", endpoint, token))


@fault.command("clear")
def clear_faults(endpoint: Endpoint, token: Token) -> None:
    """Let no more calls fail, and no job that has not failed yet."""
    _show(_call("DELETE", "faults", endpoint, token))


def _call(
    method: str, path: str, endpoint: str, token: str, members: dict[str, Any] | None = None
) -> Any:
    try:
        return ControlClient(endpoint, token).call(method, path, members)
    except ControlError as error:
        _refuse(str(error))


def _show(answer: Any) -> None:
    typer.echo(json.dumps(answer, indent=1))


def _refuse(reason: str) -> NoReturn:
    typer.echo(reason, err=True)
    raise typer.Exit(2)
