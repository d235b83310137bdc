"""Clients of other languages, each in a process of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.clients.client import running_program
from tests.clients.toolchains import go_programs, java_class_path, node_programs
from tests.clients.walk import Walk
from tests.support.cloud import Cloud, VirtualTime


@dataclass(frozen=True)
class Program:
    """How a program is started, what its client sends, and what it throws when it is refused."""

    command: Callable[[], list[str]]
    sends: set[str]
    exception: str


def node(program: str, *arguments: str, sends: set[str], throws: str) -> Program:
    return Program(lambda: ["node", f"{node_programs()}/{program}", *arguments], sends, throws)


def go(program: str, *, sends: set[str], throws: str) -> Program:
    return Program(lambda: [f"{go_programs()}/{program}"], sends, throws)


def java(program: str, *, sends: set[str], throws: str) -> Program:
    return Program(lambda: ["java", "-cp", java_class_path(), f"clients.{program}"], sends, throws)


PROGRAMS = {
    "node-official": node("official.js", sends={"V3 POST query"}, throws="ClientError"),
    "node-official-v1": node("official.js", "v2", sends={"V1 POST query"}, throws="ClientError"),
    "node-generic": node("generic.js", sends={"V3 POST query"}, throws="Error"),
    "node-pop-core-post": node("pop_core.js", "POST", sends={"V1 POST body"}, throws="Error"),
    "node-pop-core-get": node("pop_core.js", "GET", sends={"V1 GET query"}, throws="Error"),
    "go-typed": go("typed", sends={"V1 POST query", "V1 GET query"}, throws="ServerError"),
    "go-generic": go("generic", sends={"V3 POST query"}, throws="SDKError"),
    "java-official": java(
        "Official",
        # The STS SDK of this generation signs V1.
        sends={"V3 POST chunked query", "V1 POST chunked query"},
        throws="TeaException",
    ),
    "java-classic": java("Classic", sends={"V1 POST query"}, throws="ClientException"),
}


@pytest.mark.timeout(900)  # The first run on a machine fetches and compiles.
@pytest.mark.parametrize("name", PROGRAMS)
def test_walk(cloud: Cloud, clock: VirtualTime, wire: set[str], tmp_path: Path, name: str) -> None:
    program = PROGRAMS[name]
    with running_program(program.command(), program.exception, tmp_path) as client:
        Walk(cloud, clock, client).all()
    assert wire == program.sends
