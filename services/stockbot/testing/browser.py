"""Headless Chromium for tests that must see what a person sees. Fixtures of pytest; registered in tests/conftest.py.

A test that takes `browser` gets a fresh profile, so no cookie and no cache of another test.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.support.wait import WebDriverWait

from stockbot.testing.databases import unavailable

CHROMIUM = Path("/usr/bin/chromium")
DRIVER = Path("/usr/bin/chromedriver")
WIDE, PHONE = (1440, 900), (390, 844)  # pixels: a laptop, a phone
PATIENCE_SECONDS = 20.0  # a limit, not an expectation: every wait ends as soon as its condition holds
FLAGS = (
    "--headless=new",
    "--no-sandbox",  # a container's root has no user namespaces
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--hide-scrollbars",
)


def options(profile: Path) -> ChromeOptions:
    """Make the options of a browser that talks to nobody but the page under test and keeps nothing but `profile`."""
    chosen = ChromeOptions()
    chosen.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        chosen.add_argument(flag)
    chosen.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return chosen


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Chrome]:
    """Open a browser; without Chromium on the machine the test is skipped, and fails where CI=true."""
    if not (CHROMIUM.exists() and DRIVER.exists()):
        unavailable("Chromium is not on this machine: install chromium and chromium-driver")
    driver = Chrome(options=options(tmp_path / "profile"), service=ChromeService(str(DRIVER)))
    resize(driver, WIDE)
    yield driver
    driver.quit()


def resize(driver: Chrome, size: tuple[int, int]) -> None:
    """Set the size of the page itself, also below what a window may be narrowed to."""
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < WIDE[0] // 2}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def wait_until(driver: Chrome, condition: Callable[[Chrome], object], what: str) -> None:
    """Wait for `condition`; a failure says `what` was waited for."""
    WebDriverWait(driver, PATIENCE_SECONDS, poll_frequency=0.05).until(condition, what)


def page_text(driver: Chrome) -> str:
    """Return all that can be read, in one question: between two of them a page may be left for another."""
    return str(driver.execute_script("return document.body?.innerText ?? ''"))


def complaints(driver: Chrome) -> list[str]:
    """Return what the browser's console has said in red since the last call."""
    entries = driver.get_log("browser")  # type: ignore[no-untyped-call] # selenium does not type it
    return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]
