"""Task pages: their commands are run for real, and what they print is written into the page."""

from pathlib import Path

from tools.docs.scratch import scratch_project
from tools.docs.source import Run, Source
from tools.docs.transcript import alike, shown


def made(source: Source) -> str:
    """The page, from a new run of all of its commands.

    An output that differs from the page's in figures alone keeps those, so that a change of a page
    is a change of what happens.

    Raises:
        CommandError: a command did not end as the source says.
    """
    outputs = []
    with scratch_project() as scratch:
        for part in source.parts:
            printed = scratch.take(part)
            if isinstance(part, Run) and not part.hidden:
                outputs.append(shown(printed, part, scratch.folder))
    known = known_outputs(source)
    if len(known) == len(outputs):
        outputs = [old if alike(old, new) else new for old, new in zip(known, outputs, strict=True)]
    return source.rendered(outputs)


def known_outputs(source: Source) -> list[str]:
    """The outputs that the page has; none if it has other commands or is not there."""
    try:
        return source.outputs_of(_text(source.page))
    except (OSError, ValueError):
        return []


def is_in_step(source: Source) -> bool:
    """Whether the page is its source, outputs aside."""
    text = _text(source.page)
    return text == source.rendered(source.outputs_of(text))


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")
