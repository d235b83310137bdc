"""What happens to the stacks of a fleet while they are driven: a line each, or lines in a log."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table

from cli.fleet.outcome import Ending, Outcome

EVERY_SECONDS = 30.0
"""Between two lines about the progress of a stack where the output is no terminal."""

WAITS = "waits"
COLOURS = {
    Ending.DONE: "green",
    Ending.FAILED: "red",
    Ending.BROKEN: "red",
    Ending.HELD: "yellow",
    Ending.CANCELLED: "yellow",
}


class Board:
    """Shows stacks; several threads tell it.

    Args:
        console: where it is shown.
        servers: stack -> how many servers it migrates, in the order in which they are shown.
    """

    def __init__(self, console: Console, servers: dict[str, int]) -> None:
        self._console = console
        self._servers = servers
        self._lock = threading.Lock()
        self._lines = dict.fromkeys(servers, WAITS)
        self._begun: dict[str, float] = {}
        self._took: dict[str, float] = {}
        self._told: dict[str, float] = {}

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it until the block ends; in a terminal it goes then."""
        if not self._console.is_terminal:
            yield
            return
        with Live(
            get_renderable=self._table,
            console=self._console,
            refresh_per_second=4,
            transient=True,
        ):
            yield

    def begin(self, stack: str) -> None:
        """A stack is driven from now on."""
        with self._lock:
            self._begun[stack] = self._told[stack] = time.monotonic()
            self._lines[stack] = "begins"
        self._log(stack, "begins")

    def tell(self, stack: str, line: str) -> None:
        """There is something new to say of a stack."""
        with self._lock:
            self._lines[stack] = line
            is_due = time.monotonic() - self._told[stack] >= EVERY_SECONDS
            if is_due:
                self._told[stack] = time.monotonic()
        if is_due:
            self._log(stack, line)

    def end(self, stack: str, outcome: Outcome) -> None:
        """A stack is over."""
        with self._lock:
            self._took[stack] = outcome.seconds
            self._lines[stack] = f"[{COLOURS[outcome.ending]}]{outcome.ending}[/]"
        took = f" after {outcome.seconds:.0f} s" if stack in self._begun else ""
        self._log(stack, f"{outcome.ending}{took}")

    def say(self, line: str) -> None:
        """Something that is about no stack; it stays above the others."""
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _log(self, stack: str, line: str) -> None:
        if not self._console.is_terminal:
            self.say(f"{stack}: {line}")

    def _table(self) -> Table:
        table = Table.grid(padding=(0, 2), expand=False)
        now = time.monotonic()
        with self._lock:
            for stack, servers in self._servers.items():
                begun = self._begun.get(stack)
                took = self._took.get(stack, now - begun if begun is not None else None)
                table.add_row(
                    stack,
                    f"{servers:,} servers" if servers else "",
                    f"{took:.0f} s" if took is not None else "",
                    self._lines[stack],
                )
        return table
