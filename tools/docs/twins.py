"""Japanese twins of pages: words of their own, and the code blocks of the English page.

A twin's source is Markdown in `tools/docs/ja/` in which a line `{code}` stands for the next code
block of the English page. So outputs are the same in both, and a page made anew renews its twin.
"""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = Path(__file__).parent / "ja"

_CODE = re.compile(
    r"^```.*?^```$|^---$.*?^---$|^(?: {4}[^\n]*(?:\n\n?(?= {4}))?)+$", re.MULTILINE | re.DOTALL
)
"""A fenced or an indented block, or what stands between two rules, as an example of a page does."""
_PLACE = re.compile(r"^\{code\}$", re.MULTILINE)
_HEADING = re.compile(r"^(#+) ", re.MULTILINE)


def twin_names() -> list[str]:
    """Names of all pages with a twin; `README` is that of the project."""
    return sorted(path.stem for path in SOURCES.glob("*.md"))


def english(name: str) -> Path:
    """The English page."""
    return ROOT / "README.md" if name == "README" else ROOT / "docs" / f"{name}.md"


def twin(name: str) -> Path:
    """Its Japanese twin."""
    return ROOT / "README.ja.md" if name == "README" else ROOT / "docs" / "ja" / f"{name}.md"


def twin_link(name: str) -> str:
    """The line in an English page that leads to its twin."""
    return f"[日本語]({'README.ja.md' if name == 'README' else f'ja/{name}.md'})"


def code_blocks(text: str) -> list[str]:
    """All code blocks of a page, in their order."""
    return _CODE.findall(text)


def heading_levels(text: str) -> list[int]:
    """Levels of all headings of a page, in their order."""
    return [len(marks) for marks in _HEADING.findall(_CODE.sub("", text))]


def twin_page(name: str) -> str:
    """The twin, made from its source and the English page.

    Raises:
        ValueError: its source has more or fewer places for code than the English page has blocks.
    """
    blocks = code_blocks(english(name).read_text(encoding="utf-8"))
    source = (SOURCES / f"{name}.md").read_text(encoding="utf-8")
    places = len(_PLACE.findall(source))
    if places != len(blocks):
        raise ValueError(f"{name}: {places} places for {len(blocks)} code blocks")
    remaining: Iterator[str] = iter(blocks)
    title, rest = _PLACE.sub(lambda _: next(remaining), source).split("\n", 1)
    back = "README.md" if name == "README" else f"../{name}.md"
    note = f"<!-- Made by `make docs` from tools/docs/ja/{name}.md and the English page. -->"
    return f"{title}\n\n{note}\n\n[English]({back})\n{rest}"
