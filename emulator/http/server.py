"""Serving a world on loopback."""

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

import uvicorn

from emulator.http.app import make_app
from emulator.http.connection import Connection
from emulator.http.gateway import Gateway
from emulator.world import World

BACKLOG = 1024


class NotLoopbackError(ValueError):
    """The emulator answers to this machine only."""


@dataclass(slots=True)
class Server:
    """An emulator that listens on `endpoint`.

    Args:
        world: what it serves.
        host: a loopback address.
        port: 0 for a free one.

    Raises:
        NotLoopbackError: another address.
        OSError: the port is taken.
    """

    world: World
    host: str = "127.0.0.1"
    port: int = 0
    gateway: Gateway = field(init=False)
    control_token: str = field(init=False)
    _socket: socket.socket = field(init=False)
    _server: uvicorn.Server = field(init=False)

    def __post_init__(self) -> None:
        try:
            loopback = ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise NotLoopbackError(
                f"the emulator listens on loopback only, not on {self.host}: it has no defence"
                " against strangers. Use 127.0.0.1 or ::1."
            )
        self.gateway = Gateway(self.world)
        self.control_token = secrets.token_urlsafe(24)
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        # asyncio turns Nagle's algorithm off only where the protocol is named; with it on, every
        # answer waits 40 ms for the client's delayed acknowledgement.
        self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((self.host, self.port))
        self.port = self._socket.getsockname()[1]
        config = uvicorn.Config(
            make_app(self.gateway, self.control_token),
            log_level="critical",
            access_log=False,
            backlog=BACKLOG,
            date_header=False,
            server_header=False,
            lifespan="off",
            http=Connection,
        )
        self._server = uvicorn.Server(config)

    @property
    def endpoint(self) -> str:
        """`http://127.0.0.1:PORT`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def run(self, when_ready: Callable[[], None] = lambda: None) -> None:
        """Serve until stopped; calls `when_ready` once requests are answered."""

        async def serve() -> None:
            task = asyncio.create_task(self._server.serve(sockets=[self._socket]))
            while not self._server.started and not task.done():
                await asyncio.sleep(0.01)
            when_ready()
            await task

        with asyncio.Runner(loop_factory=self._server.config.get_loop_factory()) as runner:
            runner.run(serve())

    def stop(self) -> None:
        """Let `run` return."""
        self._server.should_exit = True
