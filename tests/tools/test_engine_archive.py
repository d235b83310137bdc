import hashlib
import io
import platform
import tarfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tools.engine.archive import OutOfReachError, download_release
from tools.engine.cache import cache_folder, cached
from tools.engine.failure import EngineError
from tools.engine.versions import ENGINE

NAME = f"pulumi-v{ENGINE}-linux-x64.tar.gz"
BASE = f"/v{ENGINE}"
CHECKSUMS = f"{BASE}/pulumi-{ENGINE}-checksums.txt"


@pytest.fixture(autouse=True)
def on_linux(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


@pytest.fixture
def served() -> dict[str, bytes]:
    """What the release server has, by path."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name in ("pulumi", "pulumi-language-python"):
            member = tarfile.TarInfo(f"pulumi/{name}")
            member.mode, member.size = 0o755, 4
            tar.addfile(member, io.BytesIO(b"code"))
    content = packed.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    checksums = f"{'0' * 64}  pulumi-v{ENGINE}-darwin-x64.tar.gz\n{digest}  {NAME}\n"
    return {f"{BASE}/{NAME}": content, CHECKSUMS: checksums.encode()}


@pytest.fixture
def announced() -> dict[str, int]:
    """Content lengths that the server gives in place of the true ones, by path."""
    return {}


@pytest.fixture
def releases(served: dict[str, bytes], announced: dict[str, int]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = served.get(self.path)
            self.send_response(404 if content is None else 200)
            length = announced.get(self.path, len(content or b""))
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_published_checksum_installs(releases: str, tmp_path: Path) -> None:
    download_release(tmp_path, releases)
    assert (tmp_path / "bin" / "pulumi").read_bytes() == b"code"
    assert (tmp_path / "bin" / "pulumi-language-python").stat().st_mode & 0o111
    assert not list(tmp_path.glob("*.tar.gz"))


@pytest.mark.parametrize(
    "checksums",
    [
        pytest.param(f"{'0' * 64}  {NAME}\n", id="another checksum"),
        pytest.param("", id="none published"),
    ],
)
def test_other_content_is_refused_loudly(
    releases: str, served: dict[str, bytes], checksums: str
) -> None:
    served[CHECKSUMS] = checksums.encode()
    with pytest.raises(EngineError, match="It was not installed"):
        cached("release", "key", lambda target: download_release(target, releases))
    assert not (cache_folder() / "release-key").exists()


@pytest.mark.parametrize("missing", [CHECKSUMS, f"{BASE}/{NAME}"])
def test_what_is_not_published_is_out_of_reach(
    releases: str, served: dict[str, bytes], missing: str, tmp_path: Path
) -> None:
    del served[missing]
    with pytest.raises(OutOfReachError, match="404"):
        download_release(tmp_path, releases)


def test_download_that_breaks_off_is_out_of_reach(
    releases: str, served: dict[str, bytes], announced: dict[str, int], tmp_path: Path
) -> None:
    announced[f"{BASE}/{NAME}"] = len(served[f"{BASE}/{NAME}"]) + 1
    with pytest.raises(OutOfReachError, match="IncompleteRead"):
        download_release(tmp_path, releases)


def test_refused_connection_is_out_of_reach(tmp_path: Path) -> None:
    with pytest.raises(OutOfReachError, match="refused"):
        download_release(tmp_path)


def test_unknown_platform_is_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "s390x")
    with pytest.raises(OutOfReachError, match="no release for Linux on s390x"):
        download_release(tmp_path)
