"""The review on a merge request, against a loopback stand-in for GitLab's notes."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import ROOT

SCRIPT = ROOT / "examples" / "gitlab" / "comment.py"
MARKER = "<!-- smc-migration-review: p/s -->"


class Notes(ThreadingHTTPServer):
    """Keeps the notes of one merge request, two a page."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.notes: list[dict[str, Any]] = [{"id": n, "body": f"note {n}"} for n in range(3)]
        self.tokens: set[str | None] = set()


class Handler(BaseHTTPRequestHandler):
    server: Notes

    def do_GET(self) -> None:
        page = int(self.path.partition("page=")[2].partition("&")[0])
        more = "" if page * 2 >= len(self.server.notes) else str(page + 1)
        self.answer(self.server.notes[page * 2 - 2 : page * 2], more)

    def do_POST(self) -> None:
        self.server.notes.append({"id": len(self.server.notes), **self.sent()})
        self.answer({})

    def do_PUT(self) -> None:
        self.server.notes[int(self.path.rpartition("/")[2])] |= self.sent()
        self.answer({})

    def sent(self) -> dict[str, Any]:
        length = int(self.headers["Content-Length"])
        body: dict[str, Any] = json.loads(self.rfile.read(length))
        return body

    def answer(self, body: Any, next_page: str = "") -> None:
        self.server.tokens.add(self.headers["PRIVATE-TOKEN"])
        self.send_response(200)
        self.send_header("X-Next-Page", next_page)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def forge() -> Iterator[Notes]:
    server = Notes()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_one_note_that_is_replaced(forge: Notes, tmp_path: Path) -> None:
    file = tmp_path / "comment.md"
    for told in ("first", "second"):
        file.write_text(f"{MARKER}\n\n{told}\n")
        subprocess.run(
            [sys.executable, str(SCRIPT), str(file)],
            env={
                "CI_API_V4_URL": f"http://127.0.0.1:{forge.server_port}/api/v4",
                "CI_PROJECT_ID": "5",
                "CI_MERGE_REQUEST_IID": "7",
                "REVIEW_TOKEN": "token",
                "NO_PROXY": "*",
            },
            check=True,
        )
    bodies = [note["body"] for note in forge.notes]
    assert bodies == ["note 0", "note 1", "note 2", f"{MARKER}\n\nsecond\n"]
    assert forge.tokens == {"token"}
