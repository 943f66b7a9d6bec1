"""The services of a cluster as a person sees and changes them: own console process, real HTTP, real browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from stockbot.local.bus_server import BusServer
from stockbot.runtime.auth import Principal, Role
from stockbot.testing.browser import PHONE, complaints, page_text, resize, wait_until
from stockbot.testing.cluster_scenes import crashing, events, services
from stockbot.testing.console_browser import DIALOG, sign_in, there, wait_for
from stockbot.testing.console_process import running_console
from stockbot.testing.fake_service import running
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.kubernetes import FakeKubernetes
from stockbot.testing.scenes import now

ROOT = "sbt_root"


@dataclass
class Platform:
    url: str
    kubernetes: FakeKubernetes


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A console that a kubeconfig leads to its cluster; each test here changes what no other looks at."""
    at, folder = now(), tmp_path_factory.mktemp("platform")
    gateway = FakeGateway()
    kubernetes = FakeKubernetes(services=services(at), pods=[crashing(at)], events=events(at))
    with BusServer.start(folder / "bus") as bus, running(gateway), running(kubernetes):
        people = {ROOT: Principal("root", Role.ADMIN)}
        variables = {"KUBECONFIG": str(kubernetes.kubeconfig(folder))}
        with running_console(folder, bus, {"MarketDataGateway": gateway}, people, **variables) as url:
            yield Platform(url, kubernetes)


def test_a_service_is_suspended(platform: Platform, browser: Chrome, tmp_path: Path) -> None:
    """From the table to its page, through the dialog with a reason and a word; then the table says so."""
    sign_in(browser, platform.url, ROOT, "/services")
    wait_for(browser, "SecretNotFound: alpaca")
    assert browser.save_screenshot(str(tmp_path / "services.png"))
    browser.find_element(By.LINK_TEXT, "market-data-gateway").click()
    wait_for(browser, "AllReplicasReady: 2 of 2 replicas ready")
    browser.find_element(*there(".service .danger")).click()
    wait_until(browser, lambda driver: driver.find_elements(*there(DIALOG)), "the dialog")
    browser.find_element(*there(f"{DIALOG} [name=reason]")).send_keys("a new node")
    browser.find_element(*there(f"{DIALOG} [name=word]")).send_keys("SUSPEND", Keys.ENTER)
    wait_until(browser, lambda driver: driver.find_elements(*there(".service .go")), "the button that resumes")
    assert "root: a new node" in page_text(browser)
    assert [act.body["spec"] for act in platform.kubernetes.acts] == [{"suspend": True}]
    assert complaints(browser) == []


def test_a_cluster_that_goes_away_is_said(platform: Platform, browser: Chrome) -> None:
    """The table stays with what was known, and heals by itself."""
    browser.get(f"{platform.url}/services")
    wait_for(browser, "risk-guardian")
    platform.kubernetes.stop()
    wait_for(browser, "This may be out of date. The API server")
    assert "SecretNotFound: alpaca" in page_text(browser)
    platform.kubernetes.start()
    wait_until(browser, lambda driver: "out of date" not in page_text(driver), "the notice is gone")


def test_on_a_phone_nothing_is_wider_than_the_page(platform: Platform, browser: Chrome, tmp_path: Path) -> None:
    """At 390 pixels no page scrolls sideways, and the buttons are large enough for a thumb."""
    sign_in(browser, platform.url, ROOT, "/services")
    resize(browser, PHONE)
    for path, words in (("/services", "SecretNotFound"), ("/services/risk-guardian", "CrashLoopBackOff")):
        browser.get(platform.url + path)
        wait_for(browser, words)
        assert browser.execute_script("return document.documentElement.scrollWidth") == PHONE[0], path
        assert browser.save_screenshot(str(tmp_path / f"{words}.png"))
    buttons = browser.find_elements(*there(".service .buttons button"))
    assert len(buttons) == 2
    assert all(button.size["height"] >= 40 for button in buttons)
