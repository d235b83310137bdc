"""What is pinned, and why."""

from pathlib import Path

ENGINE = "3.250.0"
"""The newest CLI whose Go module can be built from the module proxy alone; the release is the same
code, so both ways give one behaviour."""

LANGUAGE_HOST = "3.79.0"
"""The last Python language host inside the sdk module; only used beside a CLI built here. It
ignores `runtime.options.virtualenv`, so the virtual environment has to be active."""

ALICLOUD = "4.0.0"
"""The plugin that the pinned pulumi-alicloud package asks for."""

OLDEST_ON_PATH = (3, 230, 0)
"""Older engines than this were not tried with dynamic providers that report on their row."""

OLDEST_GO = (1, 26)
"""What the modules' go.mod files ask for."""

MODULES = Path(__file__).parent / "modules"

RELEASES = "https://github.com/pulumi/pulumi/releases/download"
CONNECT_SECONDS = 5.0
"""How long to wait for the release server before it counts as out of reach."""
