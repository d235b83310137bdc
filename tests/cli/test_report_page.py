"""A report in a real browser: what it shows, how it sorts and filters, who can read it.

It is made from a migration by the handlers in virtual time, with a failure and a finding whose
words are hostile.
"""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from cli.report.gather import report_of
from cli.report.page import page
from cli.sweep import Sweep
from emulator.smc.tables import PlannedFailure
from smc.estimate.expected import move_of
from smc.fleet_plan import fleet_plan
from smc.handlers.fleet_look import FleetLook
from smc.settings import load_settings
from smc.wave_plan import WaveJob
from tests.handlers.test_drill_run import answer, drill_inputs, drilled
from tests.support.browser import DESKTOP, PHONE, chromium, console, view
from tests.support.cloud import Cloud, VirtualTime, demo_world, running_cloud
from tests.support.migration import STACK, Migrator, grant_access
from tests.support.project import SETTINGS

HOSTILE = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
"""What SMC and a server say in this run."""

WAVES = {"front": ("web-1",), "back": ("app-1", "web-2")}
PRICES = {"currency": "CNY", "transitionInstanceHour": 0.5, "diskGibHour": 0.001}
KIND = "pulumi-python:dynamic/smc:"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The page of the migration."""
    folder = tmp_path_factory.mktemp("report")
    with running_cloud(folder, demo_world()) as cloud:
        file = folder / "report.html"
        file.write_text(migrated_page(cloud), encoding="utf-8")
        yield file


def migrated_page(cloud: Cloud) -> str:
    """Migrate as the providers do, and report from what they would keep in the state."""
    grant_access(cloud)
    migrator = Migrator(cloud, VirtualTime(cloud.world))
    answer(migrator, "i-source0app1", "firewall=firewalld", f"firewall={HOSTILE}")
    with cloud.world.transaction():
        cloud.world.table(PlannedFailure).put(
            PlannedFailure(subject="i-source0web2", at_percent=40, code="S9", message=HOSTILE)
        )
    settings = load_settings(declared(cloud))
    drill = drilled(migrator, drill_inputs(migrator, *settings.servers))
    imported = migrator.imported({name: {"name": name} for name in settings.servers})
    moves = {
        name: move_of(server, settings.options(server), drill["reports"][name])
        for name, server in settings.servers.items()
    }
    resources = [
        {"type": f"{KIND}SourceImport", "outputs": imported},
        {"type": f"{KIND}DrillRun", "outputs": drill},
    ]
    for wave, names in WAVES.items():
        ids = {name: imported["sources"][name]["source_id"] for name in names}
        jobs = {
            name: WaveJob(job_id=migrator.job(name, id_)["job_id"], source_id=id_)
            for name, id_ in ids.items()
        }
        inputs = migrator.wave_inputs(jobs, wave=wave, moves=moves, prices=settings.prices)
        outputs = inputs.model_dump(mode="json") | migrator.driven(inputs)
        resources.append({"type": f"{KIND}WaveRun", "outputs": outputs})
    status = FleetLook(migrator.clients, fleet_plan(settings, STACK)).look()
    certificate = Sweep(settings, STACK).look()
    return page(report_of(settings, STACK, resources, status, certificate, at=status.at))


def declared(cloud: Cloud) -> dict[str, Any]:
    settings = copy.deepcopy(SETTINGS) | {
        "emulator": str(cloud.address_file),
        "defaults": {"execution": "drillAndMigrate"},
        "waves": {"front": {}, "back": {"after": ["front"]}},
        "prices": PRICES,
        "servers": {
            name: {"select": {"name": name}, "target": {"image": f"{name}-image"}, "wave": wave}
            for wave, names in WAVES.items()
            for name in names
        },
    }
    for side in ("source", "destination"):
        settings[side]["credentials"]["file"] = str(cloud.credentials_file)
    return settings


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture
def opened(browser: Chrome, made: Path) -> Chrome:
    view(browser, DESKTOP)
    browser.get(made.as_uri())
    return browser


def test_it_opens_without_an_error_and_loads_nothing(opened: Chrome) -> None:
    assert console(opened) == []
    loaded = "return performance.getEntriesByType('resource').map(entry => entry.name)"
    assert opened.execute_script(loaded) == []
    assert opened.title == "Migration report: organization/test/dev"
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
def test_every_text_stands_out_from_its_ground(opened: Chrome, made: Path, dark: bool) -> None:
    view(opened, DESKTOP, dark=dark)
    opened.get(made.as_uri())
    ground = opened.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(13, 17, 24)") is dark
    assert opened.execute_script(CONTRAST) == []


def test_it_can_be_read_on_a_phone(opened: Chrome, made: Path) -> None:
    view(opened, PHONE)
    opened.get(made.as_uri())
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
