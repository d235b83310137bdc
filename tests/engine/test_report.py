"""The report of a real run with a failure, a finding and a hostile server, in a real browser."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from cli.report.model import Report, ServerReport
from cli.report.page import report_of_page
from emulator.ecs.tables import Instance
from emulator.smc.tables import PlannedFailure
from tests.engine.conftest import FAST
from tests.support.browser import DESKTOP, PHONE, chromium, console, view
from tests.support.canaries import leaks, secrets_of
from tests.support.cloud import Cloud, demo_world, running_cloud
from tests.support.project import ROOT, Project

HOSTILE = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
"""What SMC and a server say in this run."""


@dataclass(frozen=True)
class Migrated:
    """A stack after its update, and the page that was made of it."""

    project: Project
    page: Path

    @property
    def report(self) -> Report:
        return report_of_page(self.page.read_text(encoding="utf-8"))

    def server(self, name: str) -> ServerReport:
        (found,) = (server for server in self.report.servers if server.server == name)
        return found


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Migrated]:
    """Two waves with drills; web-2 fails with a hostile message, app-1's firewall is one."""
    folder = tmp_path_factory.mktemp("report")
    with running_cloud(folder, demo_world(), FAST) as cloud:
        plant_hostility(cloud)
        project = Project(folder, cloud)
        project.settings["defaults"] = {"execution": "drillAndMigrate"}
        project.settings["waves"] = {"front": {}, "back": {"after": ["front"]}}
        project.settings["prices"] = {
            "currency": "CNY",
            "transitionInstanceHour": 0.5,
            "diskGibHour": 0.001,
        }
        project.settings["servers"] = {
            "web-1": server("front"),
            "app-1": server("back", name="app-1"),
            "web-2": server("back", name="web-2"),
        }
        assert project.up().code != 0
        yield Migrated(project, report(project, folder / "report.html"))


def server(wave: str, name: str = "web-1") -> dict[str, Any]:
    return {"select": {"name": name}, "target": {"image": f"{name}-image"}, "wave": wave}


def plant_hostility(cloud: Cloud) -> None:
    world = cloud.world
    with world.transaction():
        world.table(PlannedFailure).put(
            PlannedFailure(subject="i-source0web2", at_percent=40, code="S9", message=HOSTILE)
        )
        row = world.table(Instance).get("i-source0app1")
        assert row
        (answer,) = row.answers
        output = answer.output.replace("firewall=firewalld", f"firewall={HOSTILE}")
        world.table(Instance).put(replace(row, answers=[replace(answer, output=output)]))


def report(project: Project, output: Path, *arguments: str) -> Path:
    done = subprocess.run(
        [sys.executable, "-m", "cli", "report", "--stack", "test", "--output", output, *arguments],
        cwd=project.program,
        env=project.stack.environment() | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def opened(browser: Chrome, migrated: Migrated) -> Chrome:
    view(browser, DESKTOP)
    browser.get(migrated.page.as_uri())
    return browser


def test_it_says_what_became_of_each_server(migrated: Migrated) -> None:
    assert {s.server: str(s.stage) for s in migrated.report.servers} == {
        "web-1": "done",
        "app-1": "done",
        "web-2": "failed",
    }
    web = migrated.server("web-1")
    # An hour is a second here, so that a look may miss a short activity.
    assert "Syncing" in [span.what for span in web.spans]
    times = [moment for span in web.spans for moment in (span.begin, span.end)]
    assert times == sorted(times)
    assert web.image_id.startswith("m-")
    assert web.instance == "i-source0web1"
    # 9 GiB in use, as the world file says; the drill sees 24 % of a disk of 40 GiB.
    assert web.volume_of == "files"
    assert web.volume_bytes
    assert 8 < web.volume_bytes / 1024**3 < 11
    assert web.seconds
    assert web.cost == pytest.approx(web.seconds / 3600 * (0.5 + 40 * 0.001), abs=0.001)
    assert web.estimated_seconds
    assert web.estimated_cost
    failed = migrated.server("web-2")
    assert failed.trouble
    assert failed.trouble.code == "S9"
    assert "migration ended as InError at 40 %" in failed.failure
    drill = migrated.server("app-1").drill
    assert drill
    assert (drill.warning, drill.items[0].name) == (1, "firewall")
    assert migrated.report.emulated
    assert migrated.report.certificate
    assert migrated.report.certificate.live


def test_no_secret_is_in_it(migrated: Migrated) -> None:
    secrets = secrets_of(migrated.project.cloud)
    assert len(secrets) > 5
    assert leaks(secrets, {"report": migrated.page.read_bytes()}) == []
    assert "credentials" not in migrated.page.read_text(encoding="utf-8")


def test_it_opens_without_an_error_and_loads_nothing(opened: Chrome) -> None:
    assert console(opened) == []
    loaded = "return performance.getEntriesByType('resource').map(entry => entry.name)"
    assert opened.execute_script(loaded) == []
    assert opened.title == "Migration report: organization/smc-migration/test"
    assert "EMULATED" in opened.find_element(By.CSS_SELECTOR, ".emulated").text


def test_what_servers_say_is_text(opened: Chrome) -> None:
    text = opened.find_element(By.TAG_NAME, "body").text
    assert text.count(HOSTILE) >= 2
    assert opened.find_elements(By.TAG_NAME, "img") == []
    assert len(opened.find_elements(By.TAG_NAME, "script")) == 2


def test_a_script_that_was_smuggled_in_is_not_run(opened: Chrome) -> None:
    """If escaping had a hole, the policy of the page would still hold."""
    opened.execute_script(
        "const s = document.createElement('script'); s.textContent = \"document.title = 'run'\";"
        "document.body.append(s); document.body.insertAdjacentHTML('beforeend', arguments[0])",
        HOSTILE,
    )
    assert opened.title != "run"
    assert any("Content Security Policy" in entry["message"] for entry in console(opened))


def shown(driver: Chrome, section: str) -> list[str]:
    rows = driver.find_elements(By.CSS_SELECTOR, f"#{section} tbody tr")
    return [row.get_attribute("data-server") or "" for row in rows if row.is_displayed()]


def test_tables_are_sorted_by_their_headings(opened: Chrome) -> None:
    def heading(name: str) -> Any:
        path = f"//section[@id='results']//thead//button[text()='{name}']"
        found = opened.find_element(By.XPATH, path)
        # What is behind the bar at the top cannot be clicked; a person would scroll.
        here = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})"
        opened.execute_script(here, found)
        return found

    assert shown(opened, "results") == ["web-1", "app-1", "web-2"]
    heading("Server").click()
    assert shown(opened, "results") == ["app-1", "web-1", "web-2"]
    heading("Server").send_keys(Keys.ENTER)
    assert shown(opened, "results") == ["web-2", "web-1", "app-1"]
    sorted_by = heading("Server").find_element(By.XPATH, "..")
    assert sorted_by.get_attribute("aria-sort") == "descending"
    heading("Took").click()
    # What has no figure is last, whichever way the others go.
    assert shown(opened, "results") == ["web-1", "app-1", "web-2"]
    heading("Took").click()
    assert shown(opened, "results") == ["app-1", "web-1", "web-2"]


def test_filters_hold_for_all_sections_together(opened: Chrome) -> None:
    search = opened.find_element(By.CSS_SELECTOR, ".filter input")
    search.send_keys("firewall")
    assert shown(opened, "results") == shown(opened, "time-line") == ["app-1"]
    assert opened.find_element(By.CSS_SELECTOR, ".filter output").text == "1 of 3 servers"
    search.clear()
    failed = opened.find_element(By.CSS_SELECTOR, ".chips [value=failed]")
    failed.send_keys(Keys.SPACE)
    assert failed.get_attribute("aria-pressed") == "true"
    assert shown(opened, "results") == shown(opened, "drills")[:1] == ["web-2"]
    failed.click()
    opened.find_element(By.XPATH, "//select/option[text()='front']").click()
    assert shown(opened, "results") == ["web-1"]
    assert console(opened) == []


CONTRAST = """
const channel = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const rgba = (colour) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  return Array.from(canvas.getImageData(0, 0, 1, 1).data);
};
const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = rgba(getComputedStyle(at).backgroundColor);
    if (colour[3] > 200) return colour;
  }
};
const faint = [];
for (const element of document.querySelectorAll('body *')) {
  const own = Array.from(element.childNodes).some((n) => n.nodeType === 3 && n.data.trim());
  if (!own || !element.checkVisibility() || element.closest('script, .hidden, .skip')) continue;
  const style = getComputedStyle(element);
  const ink = rgba(element instanceof SVGElement ? style.fill : style.color);
  const [low, high] = [light(ink), light(behind(element))].sort((a, b) => a - b);
  const ratio = (high + 0.05) / (low + 0.05);
  if (ratio < 4.5) faint.push(`${element.className} ${element.textContent.trim()}: ${ratio}`);
}
return faint;
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_text_stands_out_from_its_ground(
    opened: Chrome, migrated: Migrated, dark: bool
) -> None:
    view(opened, DESKTOP, dark=dark)
    opened.get(migrated.page.as_uri())
    ground = opened.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(13, 17, 24)") is dark
    assert opened.execute_script(CONTRAST) == []


def test_it_can_be_read_on_a_phone(opened: Chrome, migrated: Migrated) -> None:
    view(opened, PHONE)
    opened.get(migrated.page.as_uri())
    width = "return document.documentElement.scrollWidth"
    assert opened.execute_script(width) <= PHONE[0]
    assert shown(opened, "results") == ["web-1", "app-1", "web-2"]
    smallest = (
        "return Math.min(...Array.from(document.querySelectorAll('main td, main th, main p'))"
    )
    smallest += ".filter(e => e.checkVisibility() && !e.closest('.hidden'))"
    smallest += ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
    assert opened.execute_script(smallest) >= 12


def test_tables_have_headings_and_charts_have_words(opened: Chrome) -> None:
    for table in opened.find_elements(By.TAG_NAME, "table"):
        assert table.find_elements(By.TAG_NAME, "caption")
        assert table.find_elements(By.CSS_SELECTOR, "thead th[scope=col]")
        assert table.find_elements(By.CSS_SELECTOR, "tbody th[scope=row]")
    without = "return Array.from(document.querySelectorAll('svg:not(svg svg)')).filter(s => "
    without += "!s.closest('[aria-hidden], [aria-label]')).length"
    assert opened.execute_script(without) == 0
    assert opened.execute_script("return document.documentElement.lang") == "en"


def test_on_paper_nothing_is_folded_and_nothing_is_dark(opened: Chrome) -> None:
    view(opened, DESKTOP, dark=True)
    for details in opened.find_elements(By.CSS_SELECTOR, "details[open] summary"):
        details.click()
    opened.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    folded = "return document.querySelectorAll('details:not([open])').length"
    assert opened.execute_script(folded) == 0
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    ground = opened.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    assert not opened.find_element(By.TAG_NAME, "nav").is_displayed()
    assert opened.find_element(By.CSS_SELECTOR, ".emulated").is_displayed()


def test_after_destroy_the_next_report_goes_on_with_the_last(
    migrated: Migrated, tmp_path: Path
) -> None:
    """Last in this module: it takes the stack away."""
    assert migrated.project.destroy().code == 0
    page = report(migrated.project, tmp_path / "final.html", "--earlier", str(migrated.page))
    last = report_of_page(page.read_text(encoding="utf-8"))
    assert last.certificate
    assert last.certificate.is_clean
    assert last.certificate.live == []
    assert last.servers == migrated.report.servers
