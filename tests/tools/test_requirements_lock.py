"""What is installed is what was locked: every version with its hashes, every licence listed."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, version

import pytest

from tools.licences import LOCK, ROOT, TARGET, locked, locked_versions


def direct() -> dict[str, str]:
    """What requirements.txt and the extras pin."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    for pinned in extras["optional-dependencies"].values():
        pins += pinned
    # Neither the systems that a pin is for nor the parts of a package that it takes.
    return dict(re.sub(r";.*|\[.*?\]", "", pin).strip().split("==") for pin in pins)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_has_every_direct_dependency_in_its_version() -> None:
    pinned = {normal(n): v for n, v in locked_versions().items()}
    assert {normal(n): v for n, v in direct().items()}.items() <= pinned.items(), "run `make lock`"


def test_every_locked_package_has_hashes_and_no_address() -> None:
    text = LOCK.read_text()
    parts = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(parts) == len(locked()) > 50
    assert [p.split()[0] for p in parts if "--hash=sha256:" not in p] == []
    assert "://" not in text


@pytest.mark.parametrize("name", sorted(locked_versions()))
def test_what_runs_here_is_the_locked_version(name: str) -> None:
    try:
        installed = version(name)
    except PackageNotFoundError:
        pytest.skip("not for this system")
    assert installed == locked_versions()[name]


def test_every_locked_package_has_its_licence_listed() -> None:
    rows = TARGET.read_text().splitlines()
    for name, pinned, _ in locked():
        (row,) = [r for r in rows if r.startswith(f"| {name} | {pinned} |")]
        assert "not stated" not in row, row
