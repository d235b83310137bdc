"""Parts of a page that are made, between two marks in it; the rest is written."""


def block(name: str, made_by: str, lines: list[str]) -> str:
    """A part of a page with its marks."""
    return "\n".join([f"<!-- {name}: made by `{made_by}` -->", "", *lines, "", _end(name)])


def replaced(page: str, name: str, made: str) -> str:
    """The page with another text for the part of this name.

    Raises:
        ValueError: the page has no such part.
    """
    before, begin, rest = page.partition(f"<!-- {name}: made by ")
    _, end, after = rest.partition(_end(name))
    if not begin or not end:
        raise ValueError(f"the page has no marks for {name}")
    return f"{before}{made}{after}"


def _end(name: str) -> str:
    return f"<!-- end of {name} -->"
