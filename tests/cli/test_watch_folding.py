"""A thousand servers on any terminal: what fits, the urgent first, and not a line more."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cli.watch.folding import fold
from cli.watch.screen import Screen
from smc.fleet_status import FleetStatus, Quota, ServerStatus, Stage, Trouble, WaveStatus

RSYNC = Trouble(code="S1", says="Rsync not found.", cause="rsync is missing", fix="install rsync")


def server(name: str, stage: Stage) -> ServerStatus:
    failed = stage is Stage.FAILED
    status = {Stage.DONE: "Finished", Stage.RUNNING: "Running", Stage.FAILED: "InError"}
    percent = {Stage.DONE: 100.0, Stage.RUNNING: 50.0}.get(stage, 0.0)
    return ServerStatus(
        server=name,
        stage=stage,
        status=status.get(stage, "Ready"),
        progress_percent=percent,
        disk_gib=40,
        target=f"{name}-image",
        trouble=RSYNC if failed else None,
    )


def fleet(*waves: list[Stage]) -> FleetStatus:
    return FleetStatus(
        at="2026-11-27T03:12:44Z",
        stack="organization/test/dev",
        account="2000000000000002",
        emulated=True,
        quota=Quota(running=7, limit=50),
        waves=tuple(
            WaveStatus(
                wave=f"wave-{number}",
                servers=tuple(server(f"w{number}-{n}", stage) for n, stage in enumerate(stages)),
            )
            for number, stages in enumerate(waves)
        ),
    )


def drawn(status: FleetStatus, width: int, height: int) -> list[str]:
    console = Console(width=width, height=height, color_system=None, legacy_windows=False)
    with console.capture() as captured:
        console.print(Screen(status, "one look"))
    return captured.get().splitlines()


FLEETS = st.lists(st.lists(st.sampled_from(list(Stage)), max_size=40), max_size=12)


@given(waves=FLEETS, troubles=st.integers(0, 12), height=st.integers(4, 60))
def test_it_never_takes_more_lines_than_there_are(
    waves: list[list[Stage]], troubles: int, height: int
) -> None:
    folded = fold(fleet(*waves), ["trouble"] * troubles, height)
    assert folded.lines <= height
    shown = sum(len(servers) for _, servers in folded.waves)
    assert shown + folded.servers_left_out == sum(map(len, waves))
    assert len(folded.waves) + folded.waves_left_out == len(waves)
    assert len(folded.troubles) + folded.troubles_left_out == troubles


@given(waves=FLEETS, height=st.integers(4, 60))
def test_what_is_left_out_is_not_more_urgent_than_what_is_shown(
    waves: list[list[Stage]], height: int
) -> None:
    status = fleet(*waves)
    order = [Stage.FAILED, Stage.RUNNING, Stage.PENDING, Stage.HELD, Stage.DONE]
    folded = fold(status, [], height)
    shown = [order.index(s.stage) for _, servers in folded.waves for s in servers]
    left_out = [
        order.index(s.stage)
        for wave, servers in folded.waves
        for s in wave.servers
        if s not in servers
    ]
    assert max(shown, default=0) <= min(left_out, default=len(order))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (40, 10), (200, 60)])
def test_a_thousand_servers_fit_the_terminal(width: int, height: int) -> None:
    running = [Stage.RUNNING] * 50 + [Stage.FAILED] * 2 + [Stage.PENDING] * 448
    lines = drawn(fleet([Stage.DONE] * 500, running), width, height)
    assert len(lines) < height
    assert max(map(len, lines)) <= width
    text = "\n".join(lines)
    assert "EMULATED" in text
    assert re.search(r"… .*\d more servers", text)
    assert "w1-50" in text, "a failed server is shown, wherever it stands"


def test_the_same_trouble_is_told_once_for_all_who_have_it() -> None:
    lines = drawn(fleet([Stage.FAILED] * 7), 120, 40)
    (told,) = (line.strip() for line in lines if "Rsync not found" in line)
    assert told.startswith("w0-0, w0-1, w0-2 and 4 more: S1: Rsync not found. Likely cause: ")
    assert told.endswith("Fix: install rsync.")


def test_everything_is_shown_where_it_fits() -> None:
    text = "\n".join(drawn(fleet([Stage.DONE], [Stage.HELD, Stage.PENDING]), 80, 24))
    assert "more" not in text
    assert [name for name in ("w0-0", "w1-0", "w1-1") if name not in text] == []


def test_a_terminal_with_ascii_only_is_told_the_same() -> None:
    file = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    console = Console(width=80, height=24, color_system=None, file=file)
    long_name = server("服務器" * 20, Stage.FAILED)
    status = fleet([Stage.DONE])
    wave = status.waves[0].model_copy(update={"servers": (long_name, *status.members())})
    console.print(Screen(status.model_copy(update={"waves": (wave,)}), "one look"))
    file.seek(0)
    lines = file.read().splitlines()
    assert [line[0] for line in lines if "Finished" in line or "InError" in line] == ["!", "+"]
