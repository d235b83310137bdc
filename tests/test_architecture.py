"""The rings of docs/ARCHITECTURE.md: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

FORBIDDEN = {
    "smc": {"pulumi", "pulumi_alicloud", "providers", "components", "cli", "emulator", "tools"},
    "providers": {"components", "cli", "emulator", "tools", "pulumi_alicloud"},
    "components": {"cli", "emulator", "tools"},
    "emulator": {"smc", "providers", "components", "cli", "tools", "pulumi"},
    "policy": {"providers", "components", "cli", "emulator", "tools", "pulumi_alicloud"},
    "cli": {"emulator", "providers", "components", "pulumi"},
    "tools/engine": {"smc", "providers", "components", "cli", "emulator", "pulumi"},
    "tools/metadata": {"smc", "providers", "components", "cli", "emulator", "pulumi"},
    "tools/docs": {"providers", "components", "emulator", "pulumi"},
}

AUTOMATION = ("cli/fleet/engine.py", "cli/fleet/events.py")
"""Of the command line, what may import Pulumi: its Automation API drives the engine."""

LAYERS = ["catalogue", "errors", "clock", "connection", "credentials", "clients", "api", "handlers"]
"""Modules of smc from the inside out; an inner one does not import an outer one."""


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


@pytest.mark.parametrize("package", FORBIDDEN)
def test_package_imports_nothing_of_an_outer_ring(package: str) -> None:
    files = list((ROOT / package).rglob("*.py"))
    assert files
    for path in files:
        names = imported(path)
        if str(path.relative_to(ROOT)) in AUTOMATION:
            names = {n for n in names if not n.startswith("pulumi.automation")}
        wrong = {name.split(".")[0] for name in names} & FORBIDDEN[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_inner_modules_of_smc_do_not_import_outer_ones() -> None:
    for number, inner in enumerate(LAYERS):
        place = ROOT / "smc" / inner
        files = list(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]
        outer = {f"smc.{name}" for name in LAYERS[number + 1 :]}
        for path in files:
            wrong = {
                n for n in imported(path) if any(n == o or n.startswith(f"{o}.") for o in outer)
            }
            assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_the_program_is_short_and_files_stay_readable() -> None:
    assert len((ROOT / "__main__.py").read_text().splitlines()) < 60
    for package in FORBIDDEN:
        for path in (ROOT / package).rglob("*.py"):
            length = len(path.read_text(encoding="utf-8").splitlines())
            assert length <= 350, f"{path.relative_to(ROOT)} has {length} lines"
