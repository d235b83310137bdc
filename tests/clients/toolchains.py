"""Clients of other languages, made ready once: fetched as pinned, compiled, kept in the cache.

What is made is named by a hash of the sources and lock files, so a change makes it anew. Nothing is
fetched into the repository. A machine without a toolchain skips its clients and says what to
install; with CI set that is a failure, for there the table of docs/emulator.md is a promise.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.engine.cache import cache_folder, cached, key_of

HERE = Path(__file__).parent
CACHE = cache_folder().parent / "clients"


def node_programs() -> Path:
    """The folder of the Node programs with their packages."""
    _need("npm", "Node.js 20 or newer with npm")

    def install(target: Path) -> None:
        shutil.copytree(HERE / "node", target, dirs_exist_ok=True)
        # No package here needs its install script on Node 20 or newer.
        _run(target, "npm", "ci", "--ignore-scripts", "--cache", _of("npm"))

    return cached("node", key_of(HERE / "node"), install, CACHE)


def go_programs() -> Path:
    """The folder of the Go binaries, each named as its package."""
    _need("go", "Go 1.21 or newer")

    def build(target: Path) -> None:
        caches = target / "caches"
        settings = {
            "CGO_ENABLED": "0",
            "GOCACHE": f"{caches}/build",
            "GOFLAGS": "-modcacherw -buildvcs=false",
            "GOMODCACHE": f"{caches}/modules",
            "GOPATH": f"{caches}/path",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
        }
        _run(HERE / "go", "go", "build", "-trimpath", "-o", f"{target}/", "./...", **settings)
        # Half a GB, and only the binaries are needed again.
        shutil.rmtree(caches)

    return cached("go", key_of(HERE / "go"), build, CACHE)


def java_class_path() -> str:
    """The class path of the Java programs."""
    _need("mvn", "a JDK 17 or newer and Maven")

    def build(target: Path) -> None:
        shutil.copytree(HERE / "java", target, dirs_exist_ok=True)
        goals = ("compiler:compile", "dependency:copy-dependencies")
        _run(target, "mvn", "-B", "-q", f"-Dmaven.repo.local={_of('maven')}", *goals)

    target = cached("java", key_of(HERE / "java"), build, CACHE) / "target"
    return os.pathsep.join([f"{target}/classes", f"{target}/dependency/*"])


def _of(name: str) -> str:
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    return str(folder)


def _need(program: str, install: str) -> None:
    if shutil.which(program):
        return
    reason = f"{program} is not on PATH. Fix: install {install}."
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def _run(folder: Path, *command: str, **settings: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        # A registry may well be behind a proxy.
        env={**os.environ, **settings},
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, f"{' '.join(command[:2])} failed:\n{done.stdout[-4000:]}"
