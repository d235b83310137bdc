"""What a command printed, as a page shows it."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.docs.source import Between, Messages, Run

WIDTH = 118
CUT = "…\n"

_SPINNER = re.compile(r"^@ \w+.*\.\.\.$")
_MASKS = (
    (re.compile(r"\b[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\b"), "REQUEST"),
    (re.compile(r"\b(m|s|j|i|d|at|t)-[a-z0-9-]{8,}"), "ID"),
    (re.compile(r"\d+(\.\d+)?"), "0"),
)
_ON_THE_WAY = re.compile(
    r" · |MB/s|min left|waiting for|(Preparing|Syncing|Processing|Cleaning) *:"
)
"""What is seen of something that goes on: it depends on the moments at which one looks."""


def shown(output: str, run: Run, folder: Path) -> str:
    """A run's output without Pulumi's spinner, this machine's folder, and what is not to be shown.

    Lines that are left out are marked by `…`, lines that are long are wrapped.
    """
    text = output.replace(str(folder), "~/move")
    lines = [line.rstrip() for line in text.splitlines() if not _SPINNER.match(line)]
    kept = _kept(lines, run)
    return "".join(_cut(_trimmed(lines, kept)))


def alike(one: str, other: str) -> bool:
    """Whether outputs differ in figures, ids, order, and what is seen on the way only."""
    return _masked(one) == _masked(other)


def _kept(lines: Sequence[str], run: Run) -> list[bool]:
    wanted = set(range(len(lines))) if not run.show else set()
    for show in run.show:
        wanted |= _found(lines, show)
    hidden = {number for each in run.hide for number in _found(lines, each)}
    return [number in wanted - hidden for number in range(len(lines))]


def _found(lines: Sequence[str], show: str | Between | Messages) -> set[int]:
    match show:
        case str():
            return {number for number, line in enumerate(lines) if re.search(show, line)}
        case Messages(of=of):
            return _found(lines, Between(first=rf"^  \S+:({of}) \(", last="^$"))
        case Between(first=first, last=last):
            found: set[int] = set()
            inside = False
            for number, line in enumerate(lines):
                if inside or re.search(first, line):
                    found.add(number)
                    inside = not re.search(last, line)
            return found


def _trimmed(lines: Sequence[str], kept: Sequence[bool]) -> Iterator[str | None]:
    """Lines; None is where some are missing. Blank ones only between others."""
    blank = False
    missing = False
    begun = False
    for line, keep in zip(lines, kept, strict=True):
        if not line:
            blank = True
        elif not keep:
            missing = True
        else:
            if missing:
                yield None
            elif blank and begun:
                yield ""
            yield line
            begun, blank, missing = True, False, False
    if missing:
        yield None


def _cut(lines: Iterator[str | None]) -> Iterator[str]:
    for line in lines:
        if line is None:
            yield CUT
        elif len(line) <= WIDTH:
            yield f"{line}\n"
        else:
            indent = len(line) - len(line.lstrip())
            wrapped = textwrap.wrap(
                line,
                WIDTH,
                subsequent_indent=" " * (indent + 4),
                break_long_words=False,
                break_on_hyphens=False,
                drop_whitespace=True,
            )
            yield "".join(f"{part}\n" for part in wrapped)


def _masked(output: str) -> set[str]:
    lines = [line for line in output.splitlines() if not _ON_THE_WAY.search(line)]
    masked = "\n".join(lines)
    for pattern, instead in _MASKS:
        masked = pattern.sub(instead, masked)
    return {" ".join(line.split()) for line in masked.splitlines()}
