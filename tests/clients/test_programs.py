"""Clients of other languages, each in a process of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.client import running_program
from tests.clients.toolchains import go_programs, node_programs
from tests.clients.walk import Walk
from tests.support.cloud import Cloud, VirtualTime


@dataclass(frozen=True)
class Program:
    """How a program is started, and what its client throws when it is refused."""

    command: Callable[[], list[str]]
    exception: str


def node(program: str, *arguments: str, throws: str) -> Program:
    return Program(lambda: ["node", f"{node_programs()}/{program}", *arguments], throws)


def go(program: str, *, throws: str) -> Program:
    return Program(lambda: [f"{go_programs()}/{program}"], throws)


PROGRAMS = {
    "node-official": node("official.js", throws="ClientError"),
    "node-official-v1": node("official.js", "v2", throws="ClientError"),
    "node-generic": node("generic.js", throws="Error"),
    "node-pop-core-post": node("pop_core.js", "POST", throws="Error"),
    "node-pop-core-get": node("pop_core.js", "GET", throws="Error"),
    "go-typed": go("typed", throws="ServerError"),
    "go-generic": go("generic", throws="SDKError"),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_walk(cloud: Cloud, clock: VirtualTime, tmp_path: Path, name: str) -> None:
    program = PROGRAMS[name]
    with running_program(program.command(), program.exception, tmp_path) as client:
        Walk(cloud, clock, client).all()
