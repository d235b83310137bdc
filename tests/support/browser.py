"""A headless Chromium for what is shown in one, with a profile of its own that is thrown away.

A machine without Chromium skips the tests that need it and says what to install; with
BROWSER_REQUIRED set, as in the project's workflow, that is a failure.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

from tests.support.required import missing

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = (390, 844)
DESKTOP = (1280, 900)


@contextmanager
def chromium(profile: Path) -> Iterator[Chrome]:
    """A browser whose profile is in a new folder; `console` tells what its pages logged."""
    options = ChromeOptions()
    options.binary_location = _need(*BROWSERS)
    for argument in (*ARGUMENTS, f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    # The path is given, so that Selenium does not look for a driver itself.
    driver = Chrome(options=options, service=Service(_need("chromedriver")))
    try:
        yield driver
    finally:
        driver.quit()


def view(driver: Chrome, size: tuple[int, int], *, dark: bool = False) -> None:
    """Show pages as on a screen of this size, in this colour scheme."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})


def console(driver: Chrome) -> list[Any]:
    """What the page logged since the last question: errors, warnings, refused content."""
    return list(driver.get_log("browser"))  # type: ignore[no-untyped-call]


def _need(*programs: str) -> str:
    for program in programs:
        found = shutil.which(program)
        if found:
            return found
    reason = (
        f"{programs[0]} is not on PATH. Fix: install Chromium and its driver, on Debian and Ubuntu"
        " `apt-get install chromium chromium-driver`."
    )
    raise missing(reason, "BROWSER_REQUIRED")
