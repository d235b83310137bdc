"""A program in a terminal of its own (tmux), and what it shows as a page."""

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

SIZE = (112, 30)
"""Columns and lines."""

THEME = TerminalTheme(
    background=(22, 27, 34),
    foreground=(220, 226, 235),
    normal=[
        *((72, 79, 88), (255, 123, 114), (86, 211, 100), (227, 179, 65)),
        *((121, 192, 255), (210, 168, 255), (118, 227, 234), (220, 226, 235)),
    ],
    bright=[
        *((110, 118, 129), (255, 161, 152), (126, 231, 135), (242, 204, 96)),
        *((165, 214, 255), (226, 197, 255), (179, 240, 255), (255, 255, 255)),
    ],
)

PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: {background}; color: {foreground}; width: max-content; }}
pre {{ margin: 0; padding: 18px 22px; font: 15px/1.35 "DejaVu Sans Mono", monospace; }}
{stylesheet}
</style><pre>{code}</pre>"""


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal whose program runs."""

    socket: Path

    def text(self) -> str:
        """What it shows, with its colours as escape sequences."""
        return _tmux(self.socket, "capture-pane", "-e", "-p")

    def page(self) -> str:
        """What it shows, as HTML."""
        columns, lines = SIZE
        console = Console(record=True, width=columns, height=lines, file=io.StringIO())
        console.print(Text.from_ansi(self.text().rstrip("\n")))
        return console.export_html(theme=THEME, code_format=PAGE)


@contextmanager
def terminal(folder: Path, environment: Mapping[str, str], *command: str) -> Iterator[Terminal]:
    """Run a command in a terminal until the block ends, with a tmux server of its own."""
    if not shutil.which("tmux"):
        sys.exit(
            "tmux is not on PATH. Fix: install it, on Debian and Ubuntu `apt-get install tmux`."
        )
    columns, lines = SIZE
    with tempfile.TemporaryDirectory() as own:
        socket = Path(own) / "tmux"
        start = ["tmux", "-S", str(socket), "-f", "/dev/null", "new-session", "-d"]
        size = ["-x", str(columns), "-y", str(lines), "-c", str(folder)]
        subprocess.run([*start, *size, *command], env=dict(environment), check=True)
        try:
            yield Terminal(socket)
        finally:
            _tmux(socket, "kill-server")


def _tmux(socket: Path, *command: str) -> str:
    return subprocess.run(
        ["tmux", "-S", str(socket), *command], check=True, capture_output=True, text=True
    ).stdout
