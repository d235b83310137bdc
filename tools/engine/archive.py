"""The official release, checked against the checksums that are published with it."""

import hashlib
import http.client
import platform
import shutil
import tarfile
import urllib.error
import urllib.request
from pathlib import Path

from tools.engine.failure import EngineError
from tools.engine.versions import CONNECT_SECONDS, ENGINE, RELEASES

SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
MACHINES = {"x86_64": "x64", "AMD64": "x64", "aarch64": "arm64", "arm64": "arm64"}


class OutOfReachError(Exception):
    """The release server does not answer, or has nothing for this platform."""


def download_release(target: Path, releases: str = RELEASES) -> None:
    """Put the binaries of the pinned release into `target`/bin.

    Raises:
        OutOfReachError: try another way.
        EngineError: it came, but is not what was published.
    """
    system = SYSTEMS.get(platform.system())
    machine = MACHINES.get(platform.machine())
    if system is None or machine is None:
        raise OutOfReachError(f"no release for {platform.system()} on {platform.machine()}")
    name = f"pulumi-v{ENGINE}-{system}-{machine}.tar.gz"
    checksums = _fetch(f"{releases}/v{ENGINE}/pulumi-{ENGINE}-checksums.txt").decode()
    published = next((line.split()[0] for line in checksums.splitlines() if name in line), None)
    archive = _fetch(f"{releases}/v{ENGINE}/{name}")
    actual = hashlib.sha256(archive).hexdigest()
    if actual != published:
        raise EngineError(
            f"{name} has SHA-256 {actual}, but {published} is published. It was not installed.\n"
            "Fix: try again on another network; if it stays, do not trust the download."
        )
    packed = target / name
    packed.write_bytes(archive)
    with tarfile.open(packed) as tar:
        tar.extractall(target / "unpacked", filter="data")
    packed.unlink()
    shutil.move(target / "unpacked" / "pulumi", target / "bin")
    shutil.rmtree(target / "unpacked")


def _fetch(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=CONNECT_SECONDS) as response:  # noqa: S310
            content: bytes = response.read()
            return content
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise OutOfReachError(str(error)) from error
