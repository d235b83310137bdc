"""docs/console-and-settings.md: what is done in the console, and what says it here."""

from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

from tools.docs.api_parameters import api_parameters, shown
from tools.docs.reference import key_paths

SOURCE = Path(__file__).with_name("document.yaml")
TARGET = Path(__file__).parents[2] / "docs" / "console-and-settings.md"

HEAD = """# The console's steps and our settings

<!-- Made by `python -m tools.docs table` from tools/docs/document.yaml. -->

Alibaba Cloud describes a migration between accounts as steps in its consoles. Here is every
parameter of these steps, with the label of the Japanese page, the setting that says it, what that
becomes in the API, and the tests that show it. A test holds the table: every key, parameter and
test in it exists, and what is said of CreateReplicationJob is what changes in its request. What the
API does not offer is in [limits.md](limits.md); words of other tools are in
[vocabulary.md](vocabulary.md).
"""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Label(_Strict):
    """What the console says."""

    ja: str
    en: str


class Row(_Strict):
    """A parameter, or something else that a person does in the console.

    Attributes:
        console: its label.
        here: what happens here.
        keys: paths of settings.
        api: what is called besides what the keys become.
        tests: names of test functions.
    """

    console: Label
    here: str
    keys: tuple[str, ...] = ()
    api: tuple[str, ...] = ()
    tests: tuple[str, ...]

    def api_references(self) -> list[str]:
        """What the row is in the API, each once."""
        places = key_paths()
        of_keys = [api_parameters()[places[key][0]][places[key][1]] for key in self.keys]
        return list(dict.fromkeys([each for given in of_keys for each in given] + [*self.api]))


@dataclass(frozen=True)
class Section:
    """A step."""

    title: str
    rows: tuple[Row, ...]


def sections() -> list[Section]:
    """The table.

    Raises:
        pydantic.ValidationError: a row is not what it should be.
    """
    loaded = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return [
        Section(given["section"], tuple(Row.model_validate(row) for row in given["rows"]))
        for given in loaded
    ]


def table_page() -> str:
    """The text of docs/console-and-settings.md."""
    lines = [HEAD]
    for section in sections():
        lines += [f"## {section.title}", ""]
        lines += ["| console | here | settings | API | tests |", "|---|---|---|---|---|"]
        lines += [_line(row) for row in section.rows]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def _line(row: Row) -> str:
    cells = (
        f"{row.console.en}<br>{row.console.ja}",
        row.here,
        "<br>".join(f"`{key}`" for key in row.keys),
        shown(row.api_references()),
        "<br>".join(test.removeprefix("test_").replace("_", " ") for test in row.tests),
    )
    return f"| {' | '.join(cells)} |"
