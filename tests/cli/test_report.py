"""The parts of a report: scales, bars, throughput, what is recorded against what is seen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cli.report.comparison import compare
from cli.report.failures import told
from cli.report.gather import server_report
from cli.report.model import Report, ServerReport, Span
from cli.report.page import page, report_of_page
from cli.report.recorded import Properties, Recorded, recorded
from cli.report.scale import TimeScale, round_steps
from cli.report.throughput import throughput
from cli.report.timeline import time_line, whole_seconds
from smc.fleet_status import ServerStatus, Stage, Trouble
from smc.settings.prices import Prices
from tests.cli.conftest import Run
from tests.support.cloud import DESTINATION, SOURCE, Cloud
from tests.support.project import KEY

BEGIN = datetime(2026, 11, 27, 3, tzinfo=UTC)
GIB = 1024**3


def at(minutes: float) -> str:
    return (BEGIN + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def server(name: str, *spans: tuple[str, float, float | None], **changes: Any) -> ServerReport:
    values: dict[str, Any] = {
        "server": name,
        "wave": "all",
        "stage": Stage.DONE,
        "status": "Finished",
        "progress_percent": 100.0,
        "spans": tuple(
            Span(what=what, begin=at(begin), end="" if end is None else at(end))
            for what, begin, end in spans
        ),
    } | changes
    return ServerReport(**values)


def report(*servers: ServerReport, now: float = 600) -> Report:
    return Report(
        at=at(now),
        stack="organization/test/dev",
        account=DESTINATION,
        source_account=SOURCE,
        emulated=False,
        waves=tuple(dict.fromkeys(each.wave for each in servers)),
        servers=servers,
    )


@given(
    minutes=st.integers(1, 60 * 24 * 400),
    offset=st.integers(0, 60 * 24),
)
def test_an_axis_has_few_round_marks_inside_of_it(minutes: int, offset: int) -> None:
    begin = BEGIN + timedelta(minutes=offset)
    scale = TimeScale(begin, begin + timedelta(minutes=minutes))
    places = [mark.place for mark in scale.marks()]
    assert len(places) <= 7
    assert places == sorted(set(places))
    assert all(4 <= place <= 96 for place in places)


def test_marks_name_the_day_where_it_begins() -> None:
    scale = TimeScale(BEGIN, BEGIN + timedelta(hours=30))
    assert [mark.label for mark in scale.marks()] == [
        *("06:00", "12:00", "18:00", "28 Nov", "06:00")
    ]


@given(st.floats(0, 1e12))
def test_an_axis_of_amounts_reaches_the_largest_in_at_most_five_marks(largest: float) -> None:
    steps = round_steps(largest)
    assert 2 <= len(steps) <= 5
    assert steps[0] == 0
    assert steps[-1] >= largest


def test_bars_show_what_was_done_when() -> None:
    made = report(
        server("web-1", ("Queued", 0, 10), ("Syncing", 10, 60), ("Processing", 60, 100)),
        server("web-2", ("Syncing", 50, 75), stage=Stage.FAILED, status="InError"),
        server("web-3", stage=Stage.PENDING, status="Ready"),
    )
    line = time_line(made)
    assert line
    (band,) = line.bands
    first, second, third = band.rows
    assert [(p.what, p.place, p.width) for p in first.pieces] == [
        ("Queued", 0, 10),
        ("Syncing", 10, 50),
        ("Processing", 60, 40),
    ]
    assert second.failed_at == 75
    assert second.says == "Syncing 03:50 to 04:15 UTC, 25 min; failed"
    assert third.says == "has not started"
    assert band.whole
    assert (band.whole.place, band.whole.width) == (10, 90)
    assert line.kinds == ("Queued", "Syncing", "Processing")
    assert whole_seconds(made.servers) == 90 * 60


def test_what_goes_on_lasts_until_now() -> None:
    line = time_line(report(server("web-1", ("Syncing", 0, None), stage=Stage.RUNNING), now=30))
    assert line
    assert line.scale.seconds == 30 * 60
    assert line.bands[0].rows[0].says == "Syncing 03:00 to now UTC, 30 min"
    assert time_line(report(server("web-1", stage=Stage.PENDING))) is None


def test_throughput_is_that_of_all_servers_at_a_moment() -> None:
    ten = 600 * 1_000_000
    made = report(
        server("web-1", ("Syncing", 0, 10), ("Processing", 10, 40), volume_bytes=ten),
        # The transfer of this one was not watched: its whole run counts.
        server("web-2", ("Running", 5, 15), volume_bytes=2 * ten),
        # Half of this one was moved when it failed.
        server("web-3", ("Syncing", 20, 30), volume_bytes=2 * ten, progress_percent=50.0),
    )
    line = time_line(made)
    assert line
    drawn = throughput(made, line.scale)
    assert drawn
    assert drawn.peak == pytest.approx(3e6)
    assert drawn.peak_at == BEGIN + timedelta(minutes=5)
    # 40 minutes' worth of data at 1 MB/s in the 25 minutes in which anything was moved.
    assert drawn.mean == pytest.approx(4 * ten / (25 * 60))
    assert "L125.0 0.0 " in drawn.line, "at the top after 5 of 40 minutes"
    assert throughput(report(server("a", ("Running", 0, 1))), line.scale) is None


def test_estimates_are_compared_where_both_are_known() -> None:
    compared = compare(
        report(
            server("a", seconds=1200.0, estimated_seconds=1000.0, cost=2.0, estimated_cost=1.5),
            server("b", seconds=400.0, estimated_seconds=500.0, cost=1.0, estimated_cost=1.0),
            server("c", seconds=400.0),
        )
    )
    assert compared
    assert [each.deviation_percent for each in compared.servers] == [20, -20]
    assert [each.actual_width for each in compared.servers] == [100, 33.33]
    assert (compared.estimated_cost, compared.actual_cost) == (2.5, 3.0)
    assert compare(report(server("c", seconds=400.0))) is None


RESULT = {
    "job_id": "j-1",
    "run": 1.0,
    "status": "Finished",
    "region": "ap-northeast-1",
    "image_id": "m-1",
    "instance_id": "",
    "started": at(10),
    "ended": at(40),
    "runs": [],
    "starts": 1.0,
}


DRILL = {"ok": 1.0, "warning": 0.0, "critical": 0.0, "not_checked": 0.0, "items": []}


def test_a_result_that_is_final_outlives_its_job() -> None:
    found = Recorded(results={"web-1": RESULT}, sources={"web-1": {"disk_sizes_gib": [40.0, 60.0]}})
    gone = ServerStatus(server="web-1", stage=Stage.PENDING, status="NotCreated", target="image")
    made = server_report("web-1", "all", found, gone, None)
    assert (made.stage, made.status, made.seconds) == (Stage.DONE, "Finished", 1800)
    assert (made.volume_bytes, made.volume_of) == (100 * GIB, "disks")
    assert made.trouble is None


def test_what_was_expected_comes_of_the_drill_and_the_settings() -> None:
    prices = Prices(currency="CNY", transition_instance_hour=0.5, disk_gib_hour=0.001)
    move = {"volume_bytes": 9.0 * GIB, "volume_of": "files", "public": False}
    disks: dict[str, Properties] = {"web-1": {"disk_sizes_gib": [40.0]}}
    found = Recorded(results={"web-1": RESULT}, moves={"web-1": move}, sources=disks)
    made = server_report("web-1", "all", found, None, None, prices)
    seconds = 9216 * 8 / 100 + 9216 / 30
    # 9 GiB at 100 Mbit/s, and the image at 30 MB/s: the documentation's formula.
    assert made.estimated_seconds == pytest.approx(seconds)
    assert made.estimated_cost == pytest.approx(seconds / 3600 * (0.5 + 40 * 0.001))
    assert (made.volume_bytes, made.volume_of) == (9 * GIB, "files")
    rehearsed = Recorded(
        drills={"web-1": DRILL | {"figures": {"basis": "rehearsal", "seconds": 777.0}}}
    )
    assert server_report("web-1", "all", rehearsed, None, None).estimated_seconds == 777
    nothing = server_report("web-1", "all", Recorded(), None, None, prices)
    assert (nothing.estimated_seconds, nothing.estimated_cost) == (None, None)


def test_what_runs_now_is_told_by_smc() -> None:
    found = Recorded(
        results={"web-1": RESULT | {"status": "InError", "ended": ""}},
        failures={"web-1": "it failed"},
    )
    runs = ServerStatus(
        server="web-1",
        stage=Stage.RUNNING,
        status="Running",
        job_id="j-1",
        started=at(10),
        progress_percent=60,
    )
    made = server_report("web-1", "all", found, runs, None)
    assert (made.stage, made.progress_percent, made.seconds) == (Stage.RUNNING, 60, None)
    # Without SMC's word the last update's holds.
    assert server_report("web-1", "all", found, None, None).stage is Stage.FAILED


def test_a_server_that_fails_its_smoke_test_is_not_migrated() -> None:
    found = Recorded(
        results={"web-1": RESULT},
        failures={"web-1": "the smoke test failed"},
        smoke_tests={"web-1": {"passed": False, "at": at(50)}},
    )
    made = server_report("web-1", "all", found, None, None)
    assert (made.stage, made.status) == (Stage.FAILED, "Finished")
    assert made.failure == "the smoke test failed"
    assert "smoke test failed" in page(report(made))
    passed = Recorded(results={"web-1": RESULT}, smoke_tests={"web-1": {"passed": True, "at": ""}})
    assert server_report("web-1", "all", passed, None, None).stage is Stage.DONE


@pytest.mark.parametrize(
    ("changes", "spans"),
    [
        ({}, [("Running", 10, 40)]),
        ({"queued": at(5)}, [("Queued", 5, 10), ("Running", 10, 40)]),
        ({"queued": at(10)}, [("Running", 10, 40)]),
        (
            {"phases": {"Preparing": at(11), "Syncing": at(15)}},
            [("Preparing", 10, 15), ("Syncing", 15, 40)],
        ),
        ({"phases": {"Syncing": at(15)}}, [("Running", 10, 15), ("Syncing", 15, 40)]),
        (
            {
                "phases": {"Preparing": at(10), "Syncing": at(12)},
                "runs": [
                    {"started": at(10), "ended": at(20)},
                    {"started": at(30), "ended": at(40)},
                ],
            },
            [("Running", 10, 20), ("Running", 30, 40)],
        ),
        ({"started": "", "ended": ""}, []),
    ],
)
def test_bars_come_from_what_was_recorded(
    changes: dict[str, Any], spans: list[tuple[str, float, float]]
) -> None:
    made = server_report("web-1", "all", Recorded(results={"web-1": RESULT | changes}), None, None)
    assert [(s.what, s.begin, s.end) for s in made.spans] == [
        (what, at(begin), at(end)) for what, begin, end in spans
    ]


def test_a_state_tells_by_the_types_of_its_resources() -> None:
    kind = "pulumi-python:dynamic/smc:"
    found = recorded(
        [
            {"type": "pulumi:pulumi:Stack"},
            {"type": f"{kind}WaveRun", "outputs": {"wave": "front", "jobs": {"web-1": {}}}},
            {"type": f"{kind}DrillRun", "outputs": {"reports": {"web-1": {"ok": 1.0}}}},
        ]
    )
    assert (found.waves, found.results) == ({"web-1": "front"}, {})
    assert found.drills == {"web-1": {"ok": 1.0}}


def test_a_failure_is_told_by_what_happened_cause_and_fix() -> None:
    trouble = Trouble(code="S1", says="Rsync not found.", cause="no rsync", fix="install it")
    failed = server("a", failure="it ended: S1: Rsync not found. Likely cause: x. Fix: y. More.")
    assert told(failed) == [
        ("What happened", "it ended: S1: Rsync not found."),
        ("Likely cause", "x."),
        ("Fix", "y. More."),
    ]
    # SMC's own words only where they say something else.
    assert told(failed.model_copy(update={"trouble": trouble})) == told(failed)
    assert told(server("a", trouble=trouble)) == [
        ("SMC says now", "S1: Rsync not found."),
        ("Likely cause", "no rsync"),
        ("Fix", "install it"),
    ]
    assert told(server("a")) == []


def test_a_page_can_be_read_back_whatever_is_in_it() -> None:
    hostile = "</script><script>alert(1)</script><!-- ]]> & \u2028 'x' \"y\""
    made = report(server(hostile, failure=hostile, target=hostile), server("b", wave=hostile))
    text = page(made)
    assert report_of_page(text) == made
    assert text.count("<script") == 2
    assert "alert(1)</script>" not in text


def test_a_thousand_servers_are_one_page_of_a_few_megabytes() -> None:
    servers = [
        server(
            f"server-{n}",
            *(("Queued", n, n + 5), ("Preparing", n + 5, n + 8), ("Syncing", n + 8, n + 60)),
            wave=f"wave-{n // 200}",
            seconds=3600.0,
            estimated_seconds=3000.0,
            volume_bytes=40 * GIB,
        )
        for n in range(1000)
    ]
    assert len(page(report(*servers))) < 5_000_000


def test_it_says_what_could_not_be_asked_and_not_why(
    run: Run,
    cloud: Cloud,
    settings: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "no-pulumi-here"))
    Path("Pulumi.prod.yaml").write_text(yaml.safe_dump({"config": {KEY: settings}}))
    cloud.address_file.unlink()
    done = run("report", "--stack", "prod", "--output", str(tmp_path / "report.html"))
    assert done.exit_code == 0, done.output
    assert "The stack's state: stack prod cannot be read: there is no pulumi" in done.output
    assert "SMC: the local emulator is not running" in done.output
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert text.count("could not be asked") == 2 * 3, "in the footer and in the data"
    assert "cannot be read" not in text


def test_an_earlier_report_has_to_be_one_of_the_stack(run: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.html"
    other.write_text("<p>no report", encoding="utf-8")
    done = run("report", "--earlier", str(other))
    assert "no report that can be gone on with" in str(done.exception)
    foreign = report(server("a")).model_copy(update={"stack": "organization/other/dev"})
    other.write_text(page(foreign), encoding="utf-8")
    done = run("report", "--earlier", str(other))
    assert "is of stack organization/other/dev" in str(done.exception)


def test_a_stack_without_servers_has_a_report_too() -> None:
    text = page(report())
    assert "No server failed." in text
    assert "time-line" not in text.partition("<main>")[2].partition("<footer>")[0]
