"""`python -m emulator`: serve a world of Alibaba Cloud on this machine, and control one."""

import json
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import yaml
from pydantic import ValidationError

from emulator import control_client
from emulator.coverage import table
from emulator.http.server import NotLoopbackError, Server
from emulator.identity.tables import AccessKey, Account
from emulator.services import load_services
from emulator.world import World
from emulator.world_file import json_schema, load_world_file

WORLDS = Path(__file__).parent / "worlds"
DEMO_WORLD = WORLDS / "demo.yaml"
SCHEMA = WORLDS / "world.schema.json"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.add_typer(control_client.app)


@app.callback()
def main() -> None:
    """A local emulator of STS, RAM, ECS and SMC. It listens on loopback only."""


@app.command()
def serve(
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="A loopback address.")] = "127.0.0.1",
    state: Annotated[
        Path | None, typer.Option(help="SQLite file; none keeps it in memory.")
    ] = None,
    world: Annotated[Path, typer.Option(help="What a new world has.")] = DEMO_WORLD,
    speed: Annotated[float, typer.Option(min=0, help="Virtual seconds a real second.")] = 1.0,
    seed: Annotated[
        str | None,
        typer.Option(help="Of a new world: ids, secrets and request ids follow from it."),
    ] = None,
    start: Annotated[
        datetime | None, typer.Option(help="Of a new world: its virtual time, UTC; else now.")
    ] = None,
) -> None:
    """Serve a world; prints one line of JSON when ready."""
    load_services()
    served = _open(state, seed, speed, start)
    if served.is_new:
        _plant(served, world)
    try:
        server = Server(served, host, port)
    except NotLoopbackError as error:
        _refuse(str(error))
    except OSError as error:
        _refuse(f"cannot listen on {host}:{port}: {error}")

    def when_ready() -> None:
        print(json.dumps(description(server)), flush=True)

    try:
        server.run(when_ready)
    except KeyboardInterrupt:
        pass
    finally:
        served.close()


@app.command()
def coverage() -> None:
    """Print what the emulator does of each action, in Markdown."""
    load_services()
    print(table(), end="")


def description(server: Server) -> dict[str, object]:
    """What a client needs to know of a server."""
    keys = server.world.table(AccessKey)
    accounts = {}
    for account in server.world.table(Account):
        (key, *_) = keys.find(account_id=account.account_id, user_name=account.login_user)
        accounts[account.side] = {
            "id": account.account_id,
            "access_key_id": key.access_key_id,
            "access_key_secret": key.secret,
        }
    return {
        "endpoint": server.endpoint,
        "accounts": accounts,
        "control_token": server.control_token,
    }


@app.command()
def schema() -> None:
    """Write the JSON Schema of world files, for editors."""
    SCHEMA.write_text(json_schema(), encoding="utf-8")
    print(SCHEMA)


def _open(state: Path | None, seed: str | None, speed: float, start: datetime | None) -> World:
    begin = start.replace(tzinfo=UTC) if start else None
    try:
        return World(state, seed=seed, speed=speed, start=begin)
    except sqlite3.OperationalError as error:
        _refuse(f"{state} cannot be used: {error}. Is another emulator running on it?")
    except (sqlite3.DatabaseError, ValidationError):
        _refuse(f"{state} is not a state file of this version of the emulator.")
    except ValueError as error:
        _refuse(str(error))


def _plant(served: World, world: Path) -> None:
    try:
        with served.transaction():
            load_world_file(world).plant(served)
    except (ValidationError, yaml.YAMLError, UnicodeDecodeError) as error:
        _refuse(f"{world} is not a world file: {error}")
    except OSError as error:
        _refuse(f"{world} cannot be read: {error.strerror}")


def _refuse(reason: str) -> NoReturn:
    print(reason, file=sys.stderr)
    raise typer.Exit(2)


if __name__ == "__main__":
    app()
