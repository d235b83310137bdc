"""The source of a task page: Markdown with marked blocks, and how it becomes the page.

    ```settings      settings of the stack from here on, merged into those before; null takes a key
                     out. Shown as YAML.
    ```file NAME     a file beside the stack file. Shown.
    ```run           a command that is run, and shown with what it printed: a mapping, see `Run`.
    ```world         what happens in the emulator meanwhile: a mapping, see `World`. Not shown.

`hidden` after `settings` or `run` keeps a block out of the page. What a command printed is kept in
the page alone: a page is the source with the outputs that the page itself has, or with new ones.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from tools.docs.twins import twin_link

SOURCES = Path(__file__).parent / "pages"
PAGES = Path(__file__).parents[2] / "docs"

_BLOCK = re.compile(
    r"^```(settings|file|run|world)( [^\n]*)?\n(.*?)^```\n", re.MULTILINE | re.DOTALL
)
_PRINTED = re.compile(r"^```console\n\$ ([^\n]*)\n(.*?)^```\n", re.MULTILINE | re.DOTALL)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Between(_Strict):
    """A piece of output, from a line that `first` is found in to one that `last` is found in."""

    first: str
    last: str


class Messages(_Strict):
    """What Pulumi says at the end about resources of these types, as a regular expression."""

    of: str


class Run(_Strict):
    """A command.

    Attributes:
        command: as a user types it.
        show: what is kept of its output, lines as regular expressions; everything if empty.
        hide: lines that are left out even so.
        exit: the exit code that it must have.
        refused: whether the settings are wrong, for that is what is shown.
        hour_takes: real seconds that a virtual hour takes; by default 1 for `pulumi up` and
            `pulumi destroy`, and an hour for other commands.
        hidden: whether it is left out of the page.
    """

    command: str
    show: tuple[str | Between | Messages, ...] = ()
    hide: tuple[str, ...] = ()
    exit: int = 0
    refused: bool = False
    hour_takes: float | None = None
    hidden: bool = False


class World(_Strict):
    """What happens in the emulator.

    Attributes:
        advance_hours: so much virtual time passes.
        replace: texts by others, wherever they are in the world.
        fault: what `POST /-/faults` takes.
    """

    advance_hours: float = 0
    replace: Mapping[str, str] = {}
    fault: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Text:
    """What stands in the page as it is."""

    text: str


@dataclass(frozen=True)
class Settings:
    """Settings from here on; `text` is what the page shows."""

    text: str
    values: Mapping[str, Any]
    hidden: bool


@dataclass(frozen=True)
class File:
    """A file beside the stack file."""

    name: str
    text: str


Part = Text | Settings | File | Run | World


@dataclass(frozen=True)
class Source:
    """The source of a page.

    Attributes:
        name: of its file, and of the page's.
        parts: in their order.
    """

    name: str
    parts: tuple[Part, ...] = field(repr=False)

    @property
    def page(self) -> Path:
        """The page's file."""
        return PAGES / f"{self.name}.md"

    @property
    def runs(self) -> list[Run]:
        """The commands that the page shows."""
        return [part for part in self.parts if isinstance(part, Run) and not part.hidden]

    def rendered(self, outputs: Sequence[str]) -> str:
        """The page with these outputs, one for each command that is shown."""
        remaining = iter(outputs)
        return "".join(_shown(part, remaining) for part in self.parts)

    def outputs_of(self, page: str) -> list[str]:
        """The outputs that a page has, in its order.

        Raises:
            ValueError: its commands are not those of the source.
        """
        found = _PRINTED.findall(page)
        if [command for command, _ in found] != [run.command for run in self.runs]:
            raise ValueError(f"docs/{self.name}.md does not have the commands of its source")
        return [output for _, output in found]


def source_names() -> list[str]:
    """Names of all task pages."""
    return sorted(path.stem for path in SOURCES.glob("*.md"))


def read_source(name: str) -> Source:
    """The source of a page.

    Raises:
        pydantic.ValidationError: a block is not what it should be.
    """
    text = (SOURCES / f"{name}.md").read_text(encoding="utf-8")
    title, rest = text.split("\n", 1)
    note = f"\n<!-- Made by `make docs` from tools/docs/pages/{name}.md. -->\n\n{twin_link(name)}\n"
    return Source(name, tuple(chain([Text(f"{title}\n{note}")], _parts(rest))))


def _parts(text: str) -> Iterator[Part]:
    end = 0
    for block in _BLOCK.finditer(text):
        kind, words, content = block[1], (block[2] or "").split(), block[3]
        before, end = text[end : block.start()], block.end()
        part = _part(kind, words, content)
        if not _is_shown(part):
            # A block that is not shown leaves no gap.
            before = before.removesuffix("\n")
        yield Text(before)
        yield part
    yield Text(text[end:])


def _part(kind: str, words: Sequence[str], content: str) -> Part:
    match kind:
        case "settings":
            values = yaml.safe_load(content)
            return Settings(content, values, "hidden" in words)
        case "file":
            return File(words[0], content)
        case "run":
            return Run(**yaml.safe_load(content), hidden="hidden" in words)
        case _:
            return World(**yaml.safe_load(content))


def _is_shown(part: Part) -> bool:
    return not (isinstance(part, World) or (isinstance(part, Settings | Run) and part.hidden))


def _shown(part: Part, outputs: Iterator[str]) -> str:
    if not _is_shown(part):
        return ""
    match part:
        case Text(text):
            return text
        case Settings(text=text):
            return f"```yaml\n{text}```\n"
        case File(name, text):
            return f"```{Path(name).suffix[1:]}\n{text}```\n"
        case Run(command=command):
            return f"```console\n$ {command}\n{next(outputs)}```\n"
        case _:
            raise TypeError(part)
