"""The user's cache folder: each thing in a folder under a key, complete or not there at all."""

import fcntl
import hashlib
import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/smc-migration/engine`, usually under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME")
    root = Path(base) if base and Path(base).is_absolute() else Path.home() / ".cache"
    return root / "smc-migration" / "engine"


def key_of(*parts: str | Path) -> str:
    """A key from texts and the content of files and folders, and from the platform."""
    digest = hashlib.sha256(f"{platform.system()}/{platform.machine()}".encode())
    for part in parts:
        if isinstance(part, str):
            digest.update(b"\0" + part.encode())
            continue
        files = sorted(p for p in part.rglob("*") if p.is_file()) if part.is_dir() else [part]
        for file in files:
            digest.update(b"\0" + file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]


def cached(name: str, key: str, make: Callable[[Path], None], root: Path | None = None) -> Path:
    """The folder `name-key` in `root` (the engine's own), made by `make` if it is not there yet.

    `make` fills a temporary folder that is renamed when it is done: whoever is killed meanwhile
    leaves nothing that looks complete. Of two processes one makes, the other waits and uses it.
    """
    root = root or cache_folder()
    folder = root / f"{name}-{key}"
    if folder.is_dir():
        return folder
    root.mkdir(parents=True, exist_ok=True)
    with _lock(root / f"{name}-{key}.lock"):
        if folder.is_dir():
            return folder
        for abandoned in root.glob(f"{name}-{key}.making-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        making = Path(tempfile.mkdtemp(prefix=f"{name}-{key}.making-", dir=root))
        try:
            make(making)
            making.chmod(0o755)
            making.rename(folder)
        except BaseException:
            shutil.rmtree(making, ignore_errors=True)
            raise
    return folder


@contextmanager
def build_caches() -> Iterator[Path]:
    """Go's own caches, shared by all builds; nobody removes them inside this context."""
    root = cache_folder()
    root.mkdir(parents=True, exist_ok=True)
    with _lock(root / "go.lock", fcntl.LOCK_SH):
        yield root / "go"


def remove_build_caches() -> None:
    """Remove Go's caches, several GB, unless a build of another checkout is using them."""
    root = cache_folder()
    if not (root / "go").is_dir():
        return
    try:
        with _lock(root / "go.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(root / "go", ignore_errors=True)
    except BlockingIOError:
        return


@contextmanager
def _lock(path: Path, kind: int = fcntl.LOCK_EX) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, kind)
        yield
