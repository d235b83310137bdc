"""Builds from the Go modules, with every byte that Go writes inside the cache folder."""

import os
import re
import shutil
import stat
import sys
import time
from pathlib import Path

from tools.engine.cache import build_caches, cache_folder
from tools.engine.child import run_to_the_end
from tools.engine.failure import EngineError
from tools.engine.versions import ALICLOUD, ENGINE, LANGUAGE_HOST, MODULES, OLDEST_GO

SDK = "github.com/pulumi/pulumi/sdk/v3"
VERSION_VARIABLE = f"{SDK}/go/common/version.Version"
PROVIDER_PACKAGE = "github.com/aliyun/terraform-provider-alicloud/alicloud"

CLI_FLAGS = ("-trimpath", "-ldflags", f"-s -w -X {VERSION_VARIABLE}=v{ENGINE}")
HOST_FLAGS = ("-trimpath", "-ldflags", f"-s -w -X {VERSION_VARIABLE}=v{LANGUAGE_HOST}")
PLUGIN_FLAGS = ("-trimpath", f"-gcflags={PROVIDER_PACKAGE}=-N -l", "-ldflags=-s -w")
"""Without optimization: optimizing that one giant package takes most of an hour."""

ENGINE_RECIPE = repr((CLI_FLAGS, HOST_FLAGS))
PLUGIN_RECIPE = repr((ALICLOUD, PLUGIN_FLAGS))
"""What, beside the module files, decides what is built."""

SHOWN_LINES = 12


def build_engine(target: Path) -> None:
    """Build the CLI and the Python language host into `target`/bin."""
    binaries = target / "bin"
    binaries.mkdir()
    _go_build(
        "pulumi",
        binaries / "pulumi",
        CLI_FLAGS,
        "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        "about 4 minutes on 2 cores",
    )
    _go_build(
        "language-python",
        binaries / "pulumi-language-python",
        HOST_FLAGS,
        f"{SDK}/python/cmd/pulumi-language-python",
        "about 20 seconds",
    )
    listed = _go(["list", "-m", "-f", "{{.Dir}}", SDK], MODULES / "pulumi")
    # The script of the CLI's own version: that of the host's version ends every failed update
    # with a traceback.
    for script in (
        "python/cmd/pulumi-language-python-exec",
        "python/dist/pulumi-resource-pulumi-python",
    ):
        copied = shutil.copy(Path(listed.strip()) / script, binaries)
        Path(copied).chmod(0o755)


def build_plugin(target: Path) -> None:
    """Build the RAM slice of the alicloud plugin into `target`."""
    binary = target / "pulumi-resource-alicloud"
    _go_build("alicloud", binary, PLUGIN_FLAGS, ".", "about 8 minutes on 2 cores")


def _go_build(module: str, output: Path, flags: tuple[str, ...], package: str, takes: str) -> None:
    print(f"building {output.name}: {takes}, once on this machine …", file=sys.stderr, flush=True)
    started = time.monotonic()
    _go(["build", *flags, "-o", str(output), package], MODULES / module)
    output.chmod(output.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    print(f"built {output.name} in {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)


def _go(arguments: list[str], folder: Path) -> str:
    go = shutil.which("go")
    if go is None:
        raise EngineError(
            "Pulumi is not on PATH, its release is out of reach, and there is no Go to build it.\n"
            f"Fix: install Pulumi {ENGINE} or newer, or Go"
            f" {'.'.join(map(str, OLDEST_GO))} or newer, and run the command again."
        )
    with build_caches() as caches:
        code, out, err = run_to_the_end([go, *arguments], folder, _environment(caches))
    if code == 0:
        return out
    log = cache_folder() / "build.log"
    log.write_text(out + err, encoding="utf-8")
    last = "\n".join(f"  {line}" for line in err.strip().splitlines()[-SHOWN_LINES:])
    raise EngineError(
        f"`go {arguments[0]}` of tools/engine/modules/{folder.name} failed:\n{last}\n"
        f"All of it: {log}\n{_advice(err)}"
    )


def _advice(said: str) -> str:
    if re.search(r"dial tcp|no such host|i/o timeout|TLS handshake", said):
        return "Fix: the Go module proxy cannot be reached; set GOPROXY or the proxy, and retry."
    if "no space left" in said:
        return "Fix: free 10 GB for the build caches, or point XDG_CACHE_HOME to a larger disk."
    if "signal: killed" in said:
        return "Fix: the build needs 5 GB of memory; close other programs and retry."
    if "requires go >=" in said:
        return f"Fix: install Go {'.'.join(map(str, OLDEST_GO))} or newer."
    return "Fix: run the command again; it goes on where it stopped."


def _environment(folder: Path) -> dict[str, str]:
    """Go's environment: the user's settings, but every folder inside `folder`."""
    config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "CGO_ENABLED": "0",
        # The user's own go settings count, such as a module proxy; Go's telemetry stays here.
        "GOENV": os.environ.get("GOENV", f"{config}/go/env"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "-modcacherw -buildvcs=false",
        "GOMODCACHE": str(folder / "modules"),
        "GOPATH": str(folder / "path"),
        "GOTMPDIR": str(folder / "tmp"),
        "GOTOOLCHAIN": "local",
        # A workspace file above the repository would leave these modules out.
        "GOWORK": "off",
    }
