"""`python -m tools.licences`: docs/licences.md, the licence of every package in requirements.lock.

Licences are what the installed packages say of themselves: `License-Expression` (PEP 639), else
their classifiers, else the first line of `License`.
"""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
TARGET = ROOT / "docs" / "licences.md"

_PINNED = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)(?: ; (?P<marker>[^\\]+))?", re.MULTILINE
)
_CLASSIFIER = "License :: "
_HEAD = """# Licences

What `requirements.lock` installs, by what the packages say of themselves; made by `make lock`. None
of them is part of this repository. Node, Java and Go clients of the tests, and Pulumi itself
(Apache-2.0), are fetched by their own tools.

| package | version | licence |
|---|---|---|
"""


def locked() -> list[tuple[str, str, str]]:
    """Name, version and marker of everything in the lock file; a marker is empty, or says where.

    A package may be in it more than once, for one Python and for another.
    """
    found = _PINNED.finditer(LOCK.read_text(encoding="utf-8"))
    return sorted((pin["name"], pin["version"], (pin["marker"] or "").strip()) for pin in found)


def locked_versions() -> dict[str, str]:
    """Package name -> version, which is the one for this system where there are several."""
    versions: dict[str, str] = {}
    for name, version, marker in locked():
        if name not in versions or not marker or Marker(marker).evaluate():
            versions[name] = version
    return versions


def page() -> str:
    """The text of docs/licences.md."""
    rows = (f"| {name} | {version} | {_licence(name)} |" for name, version, _ in locked())
    return _HEAD + "\n".join(rows) + "\n"


def _licence(name: str) -> str:
    try:
        return _stated(distribution(name))
    except PackageNotFoundError:
        return "not installed on this system"


def _stated(package: Distribution) -> str:
    metadata = package.metadata
    expressions = metadata.get_all("License-Expression")
    if expressions:
        return str(expressions[0])
    classified = [
        value.rpartition(" :: ")[2]
        for value in metadata.get_all("Classifier") or []
        if value.startswith(_CLASSIFIER) and value.count(" :: ") > 1
    ]
    text = "\n".join(metadata.get_all("License") or []).strip()
    return ", ".join(classified) or text.partition("\n")[0] or "not stated"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
