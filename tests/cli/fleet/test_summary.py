"""What a user reads of a fleet: while it goes on, and at the end."""

import io

from rich.console import Console

from cli.fleet.board import Board
from cli.fleet.outcome import Ending, Outcome
from cli.fleet.summary import summary_table, troubles, verdict

DONE = Outcome(Ending.DONE, 1200, 61.4, 1200, {"create": 1210, "import": 2, "same": 3})
FAILED = Outcome(
    Ending.FAILED, 5, 7.0, 1, failures={f"web-{n}": "Rsync not found." for n in range(4)}
)
BROKEN = Outcome(Ending.BROKEN, 2, 1.0, errors=("it is locked.\na\nb\nc\nd",))
CANCELLED = Outcome(Ending.CANCELLED, 2)


def shown(item: object) -> str:
    console = Console(file=io.StringIO(), width=110)
    console.print(item)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


def test_a_row_a_stack() -> None:
    outcomes = {"prod-1": DONE, "prod-2": FAILED}
    lines = shown(summary_table(outcomes, "up", 75.0)).splitlines()
    assert lines[0].strip() == "up: 2 stacks in 75 s"
    cells = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if "prod" in line]
    assert cells == [
        ["prod-1", "1,200", "1,200", "", "1,212", "", "", "", "61 s", "done"],
        ["prod-2", "5", "1", "4", "", "", "", "", "7 s", "failed"],
    ]
    assert "migrated" not in shown(summary_table({"prod-1": BROKEN}, "preview", 1.0))


def test_what_is_wrong_in_the_lines_that_matter() -> None:
    outcomes = {"prod-1": DONE, "prod-2": FAILED, "prod-3": BROKEN, "prod-4": CANCELLED}
    assert list(troubles(outcomes)) == [
        "prod-2:",
        "  web-0: Rsync not found.",
        "  web-1: Rsync not found.",
        "  web-2: Rsync not found.",
        "  and 1 more: python -m cli status --stack prod-2",
        "prod-3:",
        "  it is locked.",
        "  a",
        "  b",
        "  … 2 lines more",
    ]


def test_how_it_goes_on() -> None:
    assert verdict({"prod-1": DONE}, "`up`") == "All is done."
    told = verdict({"prod-1": DONE, "prod-2": FAILED}, "`up`")
    assert told.startswith("1 of 2 stacks done; not prod-2. Once that is mended, `up` goes on")


def test_where_there_is_no_terminal_beginnings_and_ends_are_told() -> None:
    file = io.StringIO()
    board = Board(Console(file=file, width=110), {"prod-1": 3, "prod-2": 2})
    with board.shown():
        board.begin("prod-1")
        board.tell("prod-1", "1 of 3 ended")
        board.end("prod-1", DONE)
        board.end("prod-2", CANCELLED)
    assert file.getvalue().splitlines() == [
        "prod-1: begins",
        "prod-1: done after 61 s",
        "prod-2: cancelled",
    ]


def test_a_terminal_has_a_line_for_each() -> None:
    file = io.StringIO()
    board = Board(Console(file=file, width=110, force_terminal=True), {"prod-1": 3, "prod-2": 2})
    with board.shown():
        board.begin("prod-1")
        board.tell("prod-1", "1 of 3 ended · web-1 Syncing")
    assert "1 of 3 ended · web-1 Syncing" in file.getvalue()
    assert "waits" in file.getvalue()
