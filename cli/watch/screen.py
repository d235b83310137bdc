"""The picture of a fleet in a terminal, as many lines as it has and no more."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from cli.watch import words
from cli.watch.folding import Folded, fold
from smc.fleet_status import FleetStatus, ServerStatus, Stage, WaveStatus

MARKS = {
    Stage.FAILED: ("✗", "bold red"),
    Stage.RUNNING: ("▶", "bold cyan"),
    Stage.PENDING: ("·", "dim"),
    Stage.HELD: ("‖", "yellow"),
    Stage.DONE: ("✓", "green"),
}
"""Stage -> its mark and its colour; no colour stands alone."""

ASCII = str.maketrans("✗▶·‖✓━─…", "!>.=+#-~")
"""For terminals that have nothing else."""

LONGEST_NAME = 30
LONGEST_STATE = 22
WIDE = 110
"""Columns from which on bars are longer."""

LOW = 16
"""Lines below which the head is shorter."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What `watch` shows.

    Attributes:
        status: the last look.
        note: about the looks themselves: how often, or why the last one failed.
        failing: whether the last look failed.
    """

    status: FleetStatus
    note: str
    failing: bool = False

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        """The lines, each cut to the terminal's width."""
        for line in self._lines(options.max_width, options.size.height):
            line.truncate(options.max_width, overflow="ellipsis")
            if options.ascii_only:
                line.plain = line.plain.translate(ASCII).encode("ascii", "replace").decode()
            line.no_wrap = True
            yield line

    def _lines(self, width: int, height: int) -> Iterator[Text]:
        head = list(_head(self.status, width))
        head.insert(1, self._about_the_looks())
        head = [head[0], head[1], head[3]] if height < LOW else head
        yield from head
        troubles = list(_troubles(self.status, width))
        # The last line stays free for the cursor.
        yield from _fleet(fold(self.status, troubles, height - len(head) - 1), width)

    def _about_the_looks(self) -> Text:
        line = Text(f"account {self.status.account} · {self.status.at} · ", "dim")
        line.append(self.note, "not dim bold red" if self.failing else "")
        return line


def _head(status: FleetStatus, width: int) -> Iterator[Text]:
    title = Text("SMC migration  ", "bold")
    if status.emulated:
        title.append(" EMULATED ", "black on yellow")
        title.append("  ")
    title.append(status.stack or "all jobs of the account", "not bold")
    yield title
    percent = status.progress_percent
    yield Text.assemble(_bar(percent, max(width - 7, 10), "green"), f" {percent:4.0f} %")
    yield Text(words.pace(status))
    yield Text(words.use(status))
    yield Text()


def _troubles(status: FleetStatus, width: int) -> Iterator[str]:
    for told, servers in status.troubles():
        yield from textwrap.wrap(words.trouble(told, servers), width - 4)


def _fleet(folded: Folded, width: int) -> Iterator[Text]:
    shown = [server for _, servers in folded.waves for server in servers]
    names = [len(s.server) for s in shown] + [len(wave.wave) for wave, _ in folded.waves]
    columns = _Columns(
        name=min(max(names, default=1), LONGEST_NAME),
        state=min(max((len(words.state(s)) for s in shown), default=1), LONGEST_STATE),
        bar=24 if width >= WIDE else 10,
    )
    for wave, servers in folded.waves:
        yield columns.wave(wave)
        for server in servers:
            yield columns.server(server)
    if folded.waves_left_out or folded.servers_left_out:
        waves = f"{folded.waves_left_out:,} more waves and " if folded.waves_left_out else ""
        yield Text(f"  … {waves}{folded.servers_left_out:,} more servers", "dim italic")
    for line in folded.troubles:
        yield Text(f"  {line}", "red")
    if folded.troubles_left_out:
        yield Text(f"  … {folded.troubles_left_out} more lines of this", "dim italic")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Widths that hold for every line of a picture."""

    name: int
    state: int
    bar: int

    def wave(self, wave: WaveStatus) -> Text:
        """The line of a wave."""
        percent = wave.progress_percent
        return Text.assemble(
            (_cell(wave.wave, self.name + self.state + 3), "bold"),
            " ",
            _bar(percent, self.bar, "blue"),
            f" {percent:4.0f} %  ",
            (wave.counts.words(), "bold"),
        )

    def server(self, server: ServerStatus) -> Text:
        """The line of a server."""
        mark, style = MARKS[server.stage]
        percent = server.progress_percent
        return Text.assemble(
            (mark, style),
            " ",
            _cell(server.server, self.name),
            " ",
            (_cell(words.state(server), self.state), style),
            " ",
            _bar(percent, self.bar, style),
            f" {percent:4.0f} %  ",
            f"{words.speed(server.bytes_per_second):>11}  ",
            f"{words.left(server.seconds_left):<12}",
            (words.detail(server), "dim"),
        )


def _cell(text: str, width: int) -> str:
    cell = Text(text)
    cell.truncate(width, overflow="ellipsis", pad=True)
    return cell.plain


def _bar(percent: float, width: int, style: str) -> Text:
    done = round(width * min(max(percent, 0), 100) / 100)
    return Text.assemble(("━" * done, style), ("─" * (width - done), "dim"))
