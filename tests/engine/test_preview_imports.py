"""What a preview loads: every package takes time, at each `pulumi preview`, in two processes."""

import re
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.support.project import Project

RECORDER = """
import os, sys

_file = open(f"{os.environ['IMPORTS_TO']}/{os.getpid()}", "a", buffering=1)
_file.write(" ".join(sys.orig_argv) + "\\n")


def _record(event, arguments):
    if event == "import":
        _file.write(arguments[0] + "\\n")


sys.addaudithook(_record)
"""
PROCESSES = {"pulumi-language-python-exec": "program", "pulumi.dynamic": "provider"}

OURS = {"components", "providers", "smc"}
PULUMI = {"dill", "google", "grpc", "opentelemetry", "packaging", "pulumi", "semver", "yaml"}
SDK_CORE = {
    *("Tea", "darabonba", "alibabacloud_credentials", "alibabacloud_credentials_api"),
    *("alibabacloud_endpoint_util", "alibabacloud_gateway_spi", "alibabacloud_openapi_util"),
    *("alibabacloud_tea_openapi", "alibabacloud_tea_util"),
    *("_cffi_backend", "aiofiles", "apscheduler", "cryptography", "psutil", "tzlocal"),
}
HTTP = {
    *("aiohappyeyeballs", "aiohttp", "aiosignal", "attr", "certifi", "charset_normalizer"),
    *("frozenlist", "idna", "multidict", "propcache", "requests", "urllib3", "yarl"),
    *("socks", "websocket"),
}
MODELS = {"annotated_types", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection"}
BOTH = OURS | PULUMI | SDK_CORE | HTTP | MODELS | {"tenacity"}
MAY_LOAD = {"program": BOTH | {"pulumi_alicloud"}, "provider": BOTH - {"components"}}

SERVICE = re.compile(r"alibabacloud_([a-z]+)20\d{6}$")
"""The SDK of one service; that of ECS takes as long as all others together."""


def loaded(project: Project, folder: Path) -> dict[str, set[str]]:
    """Process -> the installed packages that it imported in a preview."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(RECORDER)
    project.stack.extra_environment.update(PYTHONPATH=str(folder), IMPORTS_TO=str(folder))
    outcome = project.preview()
    assert outcome.code == 0, outcome.text
    installed = packages_distributions().keys()
    found: dict[str, set[str]] = {}
    for file in folder.glob("[0-9]*"):
        command, *modules = file.read_text().splitlines()
        for word, process in PROCESSES.items():
            if word in command:
                tops = {module.partition(".")[0] for module in modules}
                found[process] = tops & installed
                if "smc.settings.job" in modules:
                    found[process].add("settings")
    return found


def services(packages: set[str]) -> set[str]:
    return {match[1] for match in map(SERVICE.match, packages) if match}


def test_a_preview_loads_what_it_needs(project: Project, tmp_path: Path) -> None:
    first = loaded(project, tmp_path / "first")
    assert project.up().code == 0
    later = loaded(project, tmp_path / "later")
    for packages in (first, later):
        assert set(packages) == set(PROCESSES.values())
        for process, names in packages.items():
            others = {name for name in names if not SERVICE.match(name)} - {"settings"}
            assert others <= MAY_LOAD[process], f"the {process} loads more"
        # To load all models of the settings takes longer than a call.
        assert "settings" in packages["program"]
        assert "settings" not in packages["provider"]
    # The program looks for the servers that are not imported yet, and for access that is there.
    assert services(first["program"]) == {"ecs", "ram", "smc", "sts"}
    assert services(first["provider"]) == {"smc"}
    assert services(later["program"]) == {"ram", "smc", "sts"}
    assert services(later["provider"]) == {"smc"}


def test_the_recorder_would_see_more(project: Project, tmp_path: Path) -> None:
    program = project.program / "__main__.py"
    text = program.read_text()
    program.unlink()
    program.write_text(f"import jsonschema  # noqa: F401\n{text}")
    assert "jsonschema" in loaded(project, tmp_path / "more")["program"] - MAY_LOAD["program"]
