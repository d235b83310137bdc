"""The scripts that look at a source server: read-only, with nothing but the base system."""

from importlib.resources import files

TIMEOUT_SECONDS = 120
"""Of the command; the script bounds each of its own questions by 10 s."""

LONGEST_SECONDS = 300.0
"""From sending the script, which can take a minute, to its last answer."""

LARGEST_BYTES = 24 * 1024
"""Of a command's text in Base64 (RunCommand, CommandContent: 24 KB)."""

_FILES = {"linux": "checks.sh", "windows": "checks.ps1"}


def check_script(os_type: str) -> str:
    """The script for a server of `os_type` (`linux` or `windows`)."""
    return files(__package__).joinpath(_FILES[os_type]).read_text(encoding="utf-8")
