"""Pulumi on PATH, with its Python language host."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from tools.engine.versions import OLDEST_ON_PATH

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


def pulumi_on_path() -> Path | None:
    """The folder of a `pulumi` that is new enough and has its Python language host, or None."""
    pulumi, host = shutil.which("pulumi"), shutil.which("pulumi-language-python")
    if pulumi is None or host is None:
        return None
    try:
        said = subprocess.run(  # noqa: S603 - the user's own pulumi
            [pulumi, "version"], capture_output=True, text=True, timeout=30, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    match = _VERSION.search(said)
    if match is None or tuple(map(int, match.groups())) < OLDEST_ON_PATH:
        return None
    return Path(pulumi).parent


def plugin_of_user(folder: str) -> Path | None:
    """The plugin in the user's own Pulumi home, if it is there and completely installed."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    installed = home / "plugins" / folder
    # The engine's own sign that an installation has not finished.
    unfinished = installed.with_name(f"{folder}.partial")
    # The program itself: its link in a home made by this tool outlives a removed cache.
    complete = (installed / "pulumi-resource-alicloud").exists() and not unfinished.exists()
    return installed if complete else None
