"""A web site on loopback that answers as a test wants, and remembers what it was asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Site:
    """What the site answers.

    Attributes:
        status: of every answer.
        asked: host header and path of every request, in their order.
        port: where it listens, on all loopback addresses.
    """

    def __init__(self, status: int) -> None:
        self.status = status
        self.asked: list[tuple[str, str]] = []
        self.port = 0


@contextmanager
def running_site(status: int = 200) -> Iterator[Site]:
    """Serve a site until the block ends."""
    site = Site(status)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.headers["Host"], self.path))
            self.send_response(site.status)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    # Loopback only, but all of it: emulated instances may have addresses in 127.0.0.0/8.
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
