"""The environment in which the engine runs for this project, apart from the user's own Pulumi."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from tools.engine.ensure import PLUGIN_FOLDER, Engine

PASSPHRASE = "demo"  # noqa: S105 - protects nothing: the demo's state holds no secret
"""Passphrase of the demo's and the tests' state."""


def engine_environment(engine: Engine, home: Path) -> dict[str, str]:
    """Variables for `pulumi` with everything it keeps below `home`.

    A user's login, plugins and state are neither read nor written.
    """
    home = home.resolve()
    plugin = home / "pulumi" / "plugins" / PLUGIN_FOLDER
    plugin.mkdir(parents=True, exist_ok=True)
    (home / "state").mkdir(exist_ok=True)
    # The engine does not follow a link to the folder, but does follow links inside it.
    for file in engine.plugin.iterdir():
        link = plugin / file.name
        if not link.exists() or link.resolve() != file.resolve():
            _replace_link(link, file)
    path = os.environ.get("PATH", "")
    return {
        "PATH": f"{engine.binaries}{os.pathsep}{path}",
        "PULUMI_HOME": str(home / "pulumi"),
        # Beside each file Pulumi otherwise writes one with its attributes, and where it is killed
        # while it does, the state cannot be read any more.
        "PULUMI_BACKEND_URL": f"file://{quote(str(home / 'state'))}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }


def _replace_link(link: Path, file: Path) -> None:
    """Point `link` at `file` in one step: another process may do the same, or run the plugin."""
    # Beside the plugin's folder, not in it: the engine must not see it as a file of the plugin.
    with TemporaryDirectory(prefix=".linking-", dir=link.parents[2]) as folder:
        fresh = Path(folder) / link.name
        fresh.symlink_to(file)
        fresh.replace(link)
