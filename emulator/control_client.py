"""`python -m emulator billing|clock|fault|ledger …`: the control interface of a running emulator.

The endpoint and the token are in the line that `serve` prints.
"""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Annotated, Any

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


@app.command()
def ledger(
    endpoint: Endpoint,
    token: Token,
    latest: Annotated[int, typer.Option(min=0, help="Calls to show, newest last.")] = 20,
) -> None:
    """Show how often each action was called, and the latest calls."""
    _show("GET", f"ledger?latest={latest}", endpoint, token)


@app.command()
def billing(endpoint: Endpoint, token: Token) -> None:
    """Show what is and was billed: since when, for how long, at what cost, made by whom."""
    _show("GET", "billing", endpoint, token)


@app.command()
def clock(
    endpoint: Endpoint,
    token: Token,
    advance: Annotated[float, typer.Option(min=0, help="Virtual seconds to jump ahead.")] = 0,
    speed: Annotated[
        float | None, typer.Option(min=0, help="Virtual seconds a real second.")
    ] = None,
) -> None:
    """Show the virtual time, after a jump or a change of its speed."""
    _show("POST", "clock", endpoint, token, {"advance_seconds": advance, "speed": speed})


@app.command()
def fault(
    service: Annotated[str, typer.Argument(help="ecs, ram, smc or sts.")],
    action: Annotated[str, typer.Argument(help="Name of an action, or * for any.")],
    kind: Annotated[str, typer.Argument(help="error, throttle, reset, lost or slow.")],
    endpoint: Endpoint,
    token: Token,
    count: Annotated[int, typer.Option(min=1, help="Calls that it hits.")] = 1,
    code: Annotated[str, typer.Option(help="Of an error.")] = "ServiceUnavailable",
    status: Annotated[int, typer.Option(help="HTTP status of an error.")] = 503,
    seconds: Annotated[float, typer.Option(help="Real seconds that slow means.")] = 0,
) -> None:
    """Let the next calls of an action fail."""
    wanted = {"service": service, "action": action, "kind": kind, "count": count}
    details = {"code": code, "status": status, "seconds": seconds}
    _show("POST", "faults", endpoint, token, wanted | details)


@app.command()
def clear_faults(endpoint: Endpoint, token: Token) -> None:
    """Let no more calls fail."""
    _show("DELETE", "faults", endpoint, token)


def _show(
    method: str, path: str, endpoint: str, token: str, members: dict[str, Any] | None = None
) -> None:
    try:
        answer = ControlClient(endpoint, token).call(method, path, members)
    except ControlError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    typer.echo(json.dumps(answer, indent=1))
