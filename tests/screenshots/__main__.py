"""`make screenshots`: docs/images from one migration of eleven servers on the emulator.

Takes about a minute. Needs Chromium with its driver, and tmux.
"""

import base64
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from selenium.webdriver import Chrome

from cli.watch.subject import look_of_stack
from smc.fleet_status import FleetStatus
from smc.settings import load_settings
from tests.screenshots.comment import comment_page
from tests.screenshots.fleet import QUOTA, change, declare, let_one_fail, world
from tests.screenshots.terminal import terminal
from tests.support.browser import PHONE, chromium, view
from tests.support.cloud import running_cloud
from tests.support.project import ROOT, Project

IMAGES = ROOT / "docs" / "images"
STACK = "organization/smc-migration/test"
SPEED = 600.0
WIDE = (1180, 1240)
TALL_PHONE = (PHONE[0], 1000)
REVIEWED = ("--json", "--show-sames")
LONGEST_SECONDS = 120.0


def main() -> None:
    """Migrate, look, and take the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_cloud(Path(folder), world(), SPEED) as cloud,
        chromium(Path(folder) / "profile") as browser,
    ):
        project = Project(Path(folder), cloud)
        declare(project)
        let_one_fail(cloud)
        environment = {**project.stack.environment(), "PYTHONPATH": str(ROOT)}
        update = project.process("up", "--yes", "--skip-preview", output=subprocess.DEVNULL)
        command = (sys.executable, "-m", "cli", "watch", "--stack", "test", "--every", "1")
        eyes = look_of_stack(load_settings(project.settings), STACK)
        with terminal(project.program, environment, *command) as shown:
            _wait_until(lambda: _is_worth_a_picture(eyes.look()) and "InError" in shown.text())
            page = Path(folder) / "watch.html"
            page.write_text(shown.page(), encoding="utf-8")
        update.wait()
        report = Path(folder) / "report.html"
        _run(project, environment, "report", "--stack", "test", "--output", str(report))
        comment = Path(folder) / "comment.html"
        change(project)
        told = _run(project, environment, "review", stdin=project.preview(*REVIEWED).text)
        comment.write_text(comment_page(told), encoding="utf-8")
        _take(browser, page, "watch.png")
        _take(browser, comment, "review.png")
        _take(browser, report, "report.png", WIDE)
        _take(browser, report, "report-dark.png", WIDE, dark=True)
        _take(browser, report, "report-phone.png", TALL_PHONE)


def _is_worth_a_picture(status: FleetStatus) -> bool:
    return status.counts.failed > 0 and status.counts.running >= QUOTA - 1


def _wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while not true():
        if time.monotonic() > end:
            sys.exit("the migration did not come to where the picture is taken")
        time.sleep(0.2)


def _run(
    project: Project, environment: dict[str, str], *arguments: str, stdin: str | None = None
) -> str:
    """What a command of ours prints; its exit code tells of the migration, not of the command."""
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments],
        cwd=project.program,
        env=environment,
        input=stdin,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    ).stdout


def _take(
    browser: Chrome,
    page: Path,
    name: str,
    size: tuple[int, int] | None = None,
    *,
    dark: bool = False,
) -> None:
    """A picture of the upper left of a page; without a size, of all that is on it."""
    view(browser, size or WIDE, dark=dark)
    browser.execute_cdp_cmd("Emulation.setScrollbarsHidden", {"hidden": True})
    browser.get(page.as_uri())
    if size is None:
        body = browser.execute_script(
            "const b = document.body; return [b.scrollWidth, b.scrollHeight]"
        )
        size = (body[0], min(body[1], WIDE[1]))
    clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip})
    (IMAGES / name).write_bytes(base64.b64decode(shot["data"]))
    print(f"docs/images/{name}: {(IMAGES / name).stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
