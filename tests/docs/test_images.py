"""The pictures of the docs: every one is shown somewhere, none is missing, none is heavy."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
LARGEST_BYTES = 200_000


def test_every_picture_is_shown_and_every_one_that_is_shown_is_there() -> None:
    pages = [page.read_text(encoding="utf-8") for page in DOCS.rglob("*.md")]
    shown = {name for page in pages for name in re.findall(r"images/([\w-]+\.png)", page)}
    there = {image.name for image in (DOCS / "images").glob("*.png")}
    assert shown == there, "run `make screenshots`"


def test_pictures_are_small() -> None:
    heavy = [i.name for i in (DOCS / "images").iterdir() if i.stat().st_size > LARGEST_BYTES]
    assert heavy == []
