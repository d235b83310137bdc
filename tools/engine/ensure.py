"""The engine and the plugin, wherever they come from."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.engine.archive import OutOfReachError, download_release
from tools.engine.build import (
    ENGINE_RECIPE,
    PLUGIN_RECIPE,
    build_engine,
    build_plugin,
)
from tools.engine.cache import cache_folder, cached, key_of, remove_build_caches
from tools.engine.found import plugin_of_user, pulumi_on_path
from tools.engine.versions import ALICLOUD, ENGINE, MODULES

PLUGIN_FOLDER = f"resource-alicloud-v{ALICLOUD}"
KEEP = "SMC_MIGRATION_KEEP_BUILD_CACHE"
INSTALL_SECONDS = 300


@dataclass(frozen=True)
class Engine:
    """Where things are. `origin` says where the CLI comes from; `plugin` has the plugin's files."""

    binaries: Path
    plugin: Path
    origin: str


def ensure() -> Engine:
    """Find or make the engine and the plugin.

    Raises:
        EngineError: with what to do.
    """
    binaries, origin = _binaries()
    plugin = _plugin(binaries, origin)
    if not os.environ.get(KEEP):
        remove_build_caches()
    return Engine(binaries, plugin, origin)


def is_at_hand() -> bool:
    """Whether `ensure` would neither download nor build anything."""
    cache = cache_folder()
    binaries = cache / f"release-{key_of(ENGINE)}", cache / f"engine-{engine_key()}"
    plugins = cache / f"plugin-{key_of(ALICLOUD)}", cache / f"alicloud-{plugin_key()}"
    return (pulumi_on_path() is not None or any(p.is_dir() for p in binaries)) and (
        plugin_of_user(PLUGIN_FOLDER) is not None or any(p.is_dir() for p in plugins)
    )


def _binaries() -> tuple[Path, str]:
    found = pulumi_on_path()
    if found is not None:
        return found, "PATH"
    released = cache_folder() / f"release-{key_of(ENGINE)}"
    built = cache_folder() / f"engine-{engine_key()}"
    if not released.is_dir() and not built.is_dir():
        try:
            cached("release", key_of(ENGINE), download_release)
        except OutOfReachError as error:
            print(f"Pulumi's release cannot be reached ({error}).", file=sys.stderr)
    if released.is_dir():
        return released / "bin", "release"
    made = cached("engine", engine_key(), build_engine)
    return made / "bin", "build"


def _plugin(binaries: Path, origin: str) -> Path:
    users = plugin_of_user(PLUGIN_FOLDER)
    if users is not None:
        return users
    official = key_of(ALICLOUD)
    installed = cache_folder() / f"plugin-{official}"
    built = cache_folder() / f"alicloud-{plugin_key()}"
    if installed.is_dir():
        return installed / PLUGIN_FOLDER
    if built.is_dir():
        return built
    if origin != "build":
        try:
            return cached("plugin", official, lambda to: _install(binaries, to)) / PLUGIN_FOLDER
        except OutOfReachError as error:
            print(f"the alicloud plugin cannot be downloaded ({error}).", file=sys.stderr)
    return cached("alicloud", plugin_key(), build_plugin)


def _install(binaries: Path, target: Path) -> None:
    """Let the CLI download and check the official plugin."""
    home = target / "home"
    command = [str(binaries / "pulumi"), "plugin", "install", "resource", "alicloud", ALICLOUD]
    try:
        subprocess.run(  # noqa: S603 - fixed arguments
            command,
            env={**os.environ, "PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true"},
            capture_output=True,
            text=True,
            timeout=INSTALL_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise OutOfReachError(str(error)) from error
    shutil.move(home / "plugins" / PLUGIN_FOLDER, target / PLUGIN_FOLDER)
    shutil.rmtree(home)


def engine_key() -> str:
    """Key of a CLI and language host built here."""
    return key_of(ENGINE_RECIPE, MODULES / "pulumi", MODULES / "language-python")


def plugin_key() -> str:
    """Key of an alicloud plugin built here."""
    return key_of(PLUGIN_RECIPE, MODULES / "alicloud")
