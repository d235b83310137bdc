"""What the pages name is there: files and headings that they link to, commands, make targets."""

import re
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

from cli import __main__ as cli

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"python -m cli ([a-z]+)")
TARGET = re.compile(r"`make ([a-z-]+)`")


@cache
def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    headings = re.findall(
        r"^#+ (.+)$", re.sub(r"```.*?```", "", page.read_text(), flags=re.S), re.M
    )
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(page.read_text()):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), f"{page.name} links to {link}"
        assert not anchor or anchor in anchors(target), f"{page.name} links to {link}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached, ahead = set(), [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in reached or not page.is_file() or page.suffix != ".md":
            continue
        reached.add(page)
        files = (link.partition("#")[0] for link in LINK.findall(page.read_text()))
        ahead += [(page.parent / file).resolve() for file in files if file and ":" not in file]
    assert set(PAGES) - reached == set()


def test_commands_and_make_targets_exist() -> None:
    commands = set(get_command(cli.app).commands)  # type: ignore[attr-defined]
    targets = set(re.findall(r"^([a-z-]+)(?= |:)", (ROOT / "Makefile").read_text(), re.M))
    targets |= {"preview", "up", "destroy"}
    for page in PAGES:
        text = page.read_text()
        assert set(COMMAND.findall(text)) <= commands, page.name
        assert set(TARGET.findall(text)) <= targets, page.name
