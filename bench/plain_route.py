"""What the emulator is measured against: a Starlette route that answers a constant body.

`python -m bench.plain_route h11` is uvicorn in pure Python; `compiled` is uvicorn with uvloop and
httptools, as the emulator itself is served.
"""

import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def app(body: bytes) -> Starlette:
    """The application."""

    async def constant(request: Request) -> Response:
        await request.body()
        return Response(body, media_type="application/json;charset=utf-8")

    return Starlette(routes=[Route("/{path:path}", constant, methods=["GET", "POST"])])


def main() -> None:
    """Serve the body from stdin on a free port, and print the endpoint."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(16)
    config = uvicorn.Config(
        app(sys.stdin.buffer.read()),
        http="h11" if sys.argv[1] == "h11" else "httptools",
        loop="asyncio" if sys.argv[1] == "h11" else "uvloop",
        log_level="critical",
        access_log=False,
        lifespan="off",
    )
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main()
