"""The report of a stack on the real engine: before its destroy, and after."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cli.report.model import Report
from cli.report.page import report_of_page
from emulator.smc.tables import PlannedFailure
from tests.support.canaries import leaks, secrets_of
from tests.support.project import ROOT, Project


def report(project: Project, output: Path, *arguments: str) -> Report:
    """The report that the command writes for the stack."""
    done = subprocess.run(
        [sys.executable, "-m", "cli", "report", "--stack", "test", "--output", output, *arguments],
        cwd=project.program,
        env=project.stack.environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return report_of_page(output.read_text(encoding="utf-8"))


def server(wave: str, name: str) -> dict[str, Any]:
    return {"select": {"name": name}, "target": {"image": f"{name}-image"}, "wave": wave}


def test_a_report_goes_on_with_the_one_before_when_the_stack_is_gone(
    project: Project, tmp_path: Path
) -> None:
    """Two waves with drills; web-2 fails."""
    project.settings |= {
        "defaults": {"execution": "drillAndMigrate"},
        "waves": {"front": {}, "back": {"after": ["front"]}},
        "prices": {"currency": "CNY", "transitionInstanceHour": 0.5, "diskGibHour": 0.001},
        "servers": {
            "web-1": server("front", "web-1"),
            "app-1": server("back", "app-1"),
            "web-2": server("back", "web-2"),
        },
    }
    with project.cloud.world.transaction():
        project.cloud.world.table(PlannedFailure).put(
            PlannedFailure(
                subject="i-source0web2", at_percent=40, code="S1", message="Rsync not found."
            )
        )
    assert project.up().code != 0
    page = tmp_path / "report.html"
    made = report(project, page)
    assert made.emulated
    assert made.certificate
    assert made.certificate.live
    servers = {each.server: each for each in made.servers}
    assert {name: str(each.stage) for name, each in servers.items()} == {
        "web-1": "done",
        "app-1": "done",
        "web-2": "failed",
    }
    web = servers["web-1"]
    # An hour is a second here, so that a look may miss a short activity.
    assert "Syncing" in [span.what for span in web.spans]
    times = [moment for span in web.spans for moment in (span.begin, span.end)]
    assert times == sorted(times)
    assert (web.image_id[:2], web.instance) == ("m-", "i-source0web1")
    # 9 GiB in use, as the world file says; the drill sees 24 % of a disk of 40 GiB.
    assert web.volume_of == "files"
    assert web.volume_bytes
    assert 8 < web.volume_bytes / 1024**3 < 11
    assert web.seconds
    assert web.cost == pytest.approx(web.seconds / 3600 * (0.5 + 40 * 0.001), abs=0.001)
    assert web.estimated_seconds
    assert web.estimated_cost
    failed = servers["web-2"]
    assert "migration ended as InError at 40 %" in failed.failure
    assert failed.trouble
    assert failed.trouble.fix == "install rsync and run `pulumi up`"
    drill = servers["app-1"].drill
    assert drill
    assert (drill.warning, drill.items[0].name) == (1, "firewall")

    secrets = secrets_of(project.cloud)
    assert len(secrets) > 5
    assert leaks(secrets, {"report": page.read_bytes()}) == []
    assert "credentials" not in page.read_text(encoding="utf-8")

    assert project.destroy().code == 0
    last = report(project, tmp_path / "final.html", "--earlier", str(page))
    assert last.certificate
    assert last.certificate.is_clean
    assert last.certificate.live == []
    assert last.servers == made.servers
