"""A PostgreSQL server of the system's packages on loopback, in a folder that is thrown away.

A machine without PostgreSQL skips the tests that need it and says what to install; with
POSTGRESQL_REQUIRED set, as in the project's workflow, that is a failure.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.required import missing
from tests.support.shared_backend import SharedBackend

USER = "migration"
PASSWORD = "sesame-of-the-database"
LONGEST_SECONDS = 60.0
PORTS_TRIED = 5


@contextmanager
def running_postgresql() -> Iterator[SharedBackend]:
    """An empty database until the block ends; only who knows the password gets in."""
    binaries = _binaries()
    with TemporaryDirectory(prefix="postgresql-") as folder:
        database = _Database(binaries, Path(folder))
        port = database.start()
        try:
            yield SharedBackend(
                f"postgres://{USER}@127.0.0.1:{port}/postgres?sslmode=disable",
                PASSWORD,
                {"PGPASSWORD": PASSWORD},
            )
        finally:
            database.stop()


class _Database:
    """A cluster in a folder, and the server on it.

    Args:
        binaries: where `initdb` and `postgres` are.
        folder: an empty folder.
    """

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._data = folder / "data"
        self._log = folder / "log"
        # PostgreSQL refuses to be run by root.
        self._owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            name = _unprivileged()
            self._owner = {"user": name, "extra_groups": ()}
            shutil.chown(folder, name)
        password = folder / "password"
        password.touch(0o600)
        password.write_text(PASSWORD)
        if self._owner:
            shutil.chown(password, self._owner["user"])
        self._run(
            "initdb", "--no-sync", "--no-locale", "--encoding=UTF8", "--auth=scram-sha-256",
            f"--pgdata={self._data}", f"--username={USER}", f"--pwfile={password}",
        )  # fmt: skip

    def start(self) -> int:
        """Start the server; its port. A free port may be somebody else's a moment later."""
        for _ in range(PORTS_TRIED):
            port = _free_port()
            with self._log.open("wb") as log:
                self._server = subprocess.Popen(
                    [
                        self._binaries / "postgres", "-F", "-D", self._data, "-p", str(port),
                        "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
                    ],
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self._data,
                    **self._owner,
                )  # fmt: skip
            if self._is_ready():
                return port
        raise AssertionError(self._log.read_text())

    def stop(self) -> None:
        """End the server, and with it all connections."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait(LONGEST_SECONDS)
        assert PASSWORD not in self._log.read_text()

    def _is_ready(self) -> bool:
        """Whether it is ready for connections, when it says so or has ended."""
        state = self._data / "postmaster.pid"
        end = time.monotonic() + LONGEST_SECONDS
        while self._server.poll() is None:
            if state.is_file() and state.read_text().split()[-1:] == ["ready"]:
                return True
            assert time.monotonic() < end, self._log.read_text()
            time.sleep(0.02)
        return False

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._binaries / program, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self._data.parent,
            check=False,
            **self._owner,
        )
        assert done.returncode == 0, done.stdout


def _binaries() -> Path:
    """The newest server of the machine; Debian and Ubuntu do not put it on PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]),
    )
    on_path = shutil.which("initdb")
    if on_path:
        found.append(Path(on_path).resolve())
    if found:
        return found[-1].parent
    raise missing(
        "there is no PostgreSQL server. Fix: install one, on Debian and Ubuntu"
        " `apt-get install postgresql`.",
        "POSTGRESQL_REQUIRED",
    )


def _unprivileged() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


def _free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port: int = unused.getsockname()[1]
        return port
