"""Every page that a user works by has a Japanese twin with the same headings and outputs."""

from pathlib import Path

import pytest

from tools.docs.source import source_names
from tools.docs.twins import (
    code_blocks,
    english,
    heading_levels,
    twin,
    twin_link,
    twin_names,
    twin_page,
)

WRITTEN = {
    "README",
    "guardrails",
    "notifications",
    "review",
    "shared-state",
    "troubleshooting",
    "try-it",
    "watch-and-report",
}
"""Pages with a twin that are not task pages."""

NAMES = twin_names()


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_every_page_has_its_twin() -> None:
    assert set(NAMES) == {*source_names(), *WRITTEN}


@pytest.mark.parametrize("name", NAMES)
def test_a_twin_is_in_step_with_its_page(name: str) -> None:
    assert text(twin(name)) == twin_page(name), "run `python -m tools.docs twins`"


@pytest.mark.parametrize("name", NAMES)
def test_a_twin_has_the_same_headings_and_code(name: str) -> None:
    assert heading_levels(text(twin(name))) == heading_levels(text(english(name)))
    assert code_blocks(text(twin(name))) == code_blocks(text(english(name)))


@pytest.mark.parametrize("name", NAMES)
def test_a_page_leads_to_its_twin(name: str) -> None:
    assert twin_link(name) in text(english(name)).splitlines()


@pytest.mark.parametrize("name", NAMES)
def test_a_twin_leads_to_twins_where_there_are_any(name: str) -> None:
    for other in NAMES:
        assert f"](../{other}.md)" not in text(twin(name)).replace("[English]", "", 1).replace(
            f"](../{name}.md)", "", 1
        )
