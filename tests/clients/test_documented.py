"""The table "Clients tried" of docs/emulator.md names the versions that are pinned."""

import json
import re
from importlib.metadata import version
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "emulator.md").read_text()
TABLE = PAGE.partition("## Clients tried")[2].partition("\n## ")[0]
POM = "{http://maven.apache.org/POM/4.0.0}"


def pinned() -> dict[str, str]:
    """Version by the name under which the table has the package."""
    node = json.loads((HERE / "node" / "package.json").read_text())["dependencies"]
    pom = ElementTree.parse(HERE / "java" / "pom.xml")  # noqa: S314 - our own file
    java = {
        str(found.findtext(f"{POM}artifactId")): str(found.findtext(f"{POM}version"))
        for found in pom.findall(f"{POM}dependencies/{POM}dependency")
    }
    go = re.findall(r"^\t(\S+) v([\d.]+)$", (HERE / "go" / "go.mod").read_text(), re.MULTILINE)
    python = ("sts20150401", "ram20150501", "ecs20140526", "smc20190601")
    return {
        **{f"Python:{name}": version(f"alibabacloud-{name}") for name in python},
        "Python:aliyun-python-sdk-core": version("aliyun-python-sdk-core"),
        "Pulumi:pulumi-alicloud": version("pulumi-alicloud"),
        **{f"Node:{name.removeprefix('@alicloud/')}": number for name, number in node.items()},
        **{f"Java:{name}": number for name, number in java.items()},
        **{f"Go:{name.removeprefix('github.com/')}": number for name, number in go},
    }


def test_versions() -> None:
    rows = [row for row in TABLE.splitlines() if row.startswith("| ")][1:]
    checked = set()
    for name, number in pinned().items():
        language, _, package = name.partition(":")
        for row in rows:
            if row.startswith(f"| {language}") and re.search(rf"\b{re.escape(package)}\b", row):
                assert number in row.split(" | ")[1], f"{name} is {number}"
                checked.add(row)
    assert checked == set(rows)
