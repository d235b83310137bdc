"""What the walk asks of a client, and how a client in a program of its own is asked.

Parameters and answers have the API's own names; a client with typed requests and responses puts
both through its types. A program reads a call from each line of standard input,

    {"login": {"endpoint", "region", "accessKeyId", "accessKeySecret", "securityToken"},
     "service": "ram", "version": "2015-05-01", "action": "GetRole", "parameters": {…}}

and writes a line for each: `{"answer": {…}}`, or what its client threw for a refusal,
`{"refusal": {"type", "code", "requestId"}}`. Everything else goes to standard error.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

VERSIONS = {"sts": "2015-04-01", "ram": "2015-05-01", "ecs": "2014-05-26", "smc": "2019-06-01"}


@dataclass(frozen=True)
class Login:
    """Where calls go (`127.0.0.1:PORT`), and as whom."""

    endpoint: str
    region: str
    access_key_id: str
    access_key_secret: str
    security_token: str = ""


class RefusedError(Exception):
    """A refusal, as the client's own exception tells it.

    Args:
        kind: name of the exception's type.
        code: the API's error code.
        request_id: of the refused call.
    """

    def __init__(self, kind: str, code: str, request_id: str) -> None:
        super().__init__(f"{kind}: {code} {request_id}")
        self.kind = kind
        self.code = code
        self.request_id = request_id


class Client(Protocol):
    """A client of the four services. `exception` names the type that it throws for refusals."""

    exception: str

    def call(
        self, login: Login, service: str, action: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        """Call an action of `sts`, `ram`, `ecs` or `smc`.

        Raises:
            RefusedError: the service refuses.
        """


class ProgramClient:
    """A client inside a running program."""

    def __init__(self, exception: str, process: "subprocess.Popen[str]", errors: Path) -> None:
        self.exception = exception
        self._process = process
        self._errors = errors

    def call(
        self, login: Login, service: str, action: str, parameters: dict[str, Any]
    ) -> dict[str, Any]:
        """Write a line, read a line."""
        wanted = {
            "login": {
                "endpoint": login.endpoint,
                "region": login.region,
                "accessKeyId": login.access_key_id,
                "accessKeySecret": login.access_key_secret,
                "securityToken": login.security_token,
            },
            "service": service,
            "version": VERSIONS[service],
            "action": action,
            "parameters": parameters,
        }
        assert self._process.stdin
        assert self._process.stdout
        with suppress(BrokenPipeError):  # its last words are told below
            self._process.stdin.write(json.dumps(wanted) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the program ended at {action}:\n{self._errors.read_text()}"
        said = json.loads(line)
        if "refusal" in said:
            refusal = said["refusal"]
            raise RefusedError(refusal["type"], refusal["code"], refusal["requestId"])
        answer: dict[str, Any] = said["answer"]
        return answer


@contextmanager
def running_program(command: list[str], exception: str, folder: Path) -> Iterator[ProgramClient]:
    """Run a program until the block ends; what it writes to standard error goes to `folder`."""
    errors = folder / "errors.txt"
    with (
        errors.open("w") as written,
        subprocess.Popen(
            command,
            env=without_proxies(),
            text=True,
            encoding="utf-8",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=written,
        ) as process,
    ):
        try:
            yield ProgramClient(exception, process, errors)
        finally:
            assert process.stdin
            with suppress(BrokenPipeError):
                process.stdin.close()
            try:
                process.wait(10)
            finally:
                process.kill()


def without_proxies() -> dict[str, str]:
    """The environment; most of the clients would send loopback calls to a proxy."""
    return {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
