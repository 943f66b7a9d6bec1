"""Halting trading and stopping a strategy as a person does it: own process, real bus, real browser."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from stockbot.events import Event
from stockbot.events.streams import BLOCKS, SIGNALS
from stockbot.local.bus_server import BusServer
from stockbot.runtime.auth import Principal, Role
from stockbot.runtime.bus import Bus, publish
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics
from stockbot.testing.browser import PHONE, complaints, page_text, resize, wait_until
from stockbot.testing.console_browser import DIALOG, press, sign_in, there
from stockbot.testing.console_process import running_console
from stockbot.testing.fake_service import TOKEN, running
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.guardian import FakeGuardian
from stockbot.testing.orchestrator import FakeOrchestrator
from stockbot.testing.samples import every_event
from stockbot.testing.scenes import market, now, provider, trading_day
from stockbot.testing.trading_scenes import decisions, exposure, limits, signals, strategy

ADA = "sbt_ada"
PEOPLE = {ADA: Principal("ada", Role.TRADER)}
KNOWN = {TOKEN: Principal("dashboard", Role.VIEWER)} | PEOPLE
HALT = ".controls .danger"


@dataclass
class Platform:
    url: str
    bus: BusServer
    orchestrator: FakeOrchestrator
    guardian: FakeGuardian

    def publish(self, stream: str, event: Event) -> None:
        asyncio.run(self._publish(stream, replace(event, time=now(), sequence=1, incarnation="a")))

    async def _publish(self, stream: str, event: Event) -> None:
        bus = Bus(self.bus.url.get_secret_value(), clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
        await publish(bus, stream, [event])
        await bus.close()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """Start bus, services and console; all end with the test."""
    at = now()
    gateway = FakeGateway(quotes=market(at), providers=[provider()], exchanges=[trading_day(at)])
    orchestrator = FakeOrchestrator(strategies=[strategy()], signals=signals(at), known=KNOWN, now=at)
    guardian = FakeGuardian(limits=limits(), exposures=[exposure()], decisions=decisions(at), known=KNOWN, now=at)
    services = {"MarketDataGateway": gateway, "StrategyOrchestrator": orchestrator, "RiskGuardian": guardian}
    with (
        BusServer.start(tmp_path / "bus") as bus,
        running(gateway),
        running(orchestrator),
        running(guardian),
        running_console(tmp_path, bus, services, PEOPLE) as url,
    ):
        yield Platform(url, bus, orchestrator, guardian)


def test_halt_needs_the_word_and_a_reason(platform: Platform, browser: Chrome, tmp_path: Path) -> None:
    """With the wrong word nothing happens; with word and reason trading is halted, in the person's own name."""
    sign_in(browser, platform.url, ADA, "/risk")
    press(browser, HALT)
    wait_until(browser, lambda driver: driver.find_elements(*there(DIALOG)), "the dialog")
    browser.find_element(By.NAME, "reason").send_keys("flash crash")
    word = browser.find_element(By.NAME, "word")
    word.send_keys("STOP", Keys.ENTER)
    browser.find_element(*there(f"{DIALOG} [type=submit]")).click()
    assert browser.find_elements(*there(DIALOG))
    assert platform.guardian.acts == []
    word.clear()
    word.send_keys("HALT", Keys.ENTER)
    wait_until(browser, lambda driver: driver.find_elements(*there(".bar .trading.bad")), "the state in the header")
    wait_until(browser, lambda driver: not driver.find_elements(*there(DIALOG)), "the dialog's end")
    act = platform.guardian.acts[0]
    assert (act.who, act.what) == ("ada", "PUT /api/v1/trading-state")
    assert act.body == {"state": "Halted", "reason": "flash crash"}
    assert "HALTED" in page_text(browser)
    assert complaints(browser) == []
    screenshot = tmp_path / "risk.png"
    assert browser.save_screenshot(str(screenshot))
    assert screenshot.stat().st_size > 20_000  # an empty page is far smaller


def test_cancelling_does_nothing(platform: Platform, browser: Chrome) -> None:
    """The dialog closes, and nobody was asked for anything."""
    sign_in(browser, platform.url, ADA, "/risk")
    press(browser, HALT)
    press(browser, f"{DIALOG} [type=button]")
    wait_until(browser, lambda driver: not driver.find_elements(*there(DIALOG)), "the dialog's end")
    assert platform.guardian.acts == []


def test_a_strategy_is_stopped(platform: Platform, browser: Chrome) -> None:
    """With a reason; the card then says so, and by whom."""
    sign_in(browser, platform.url, ADA, "/strategies")
    press(browser, ".strategy .danger")
    wait_until(browser, lambda driver: driver.find_elements(*there(DIALOG)), "the dialog")
    browser.find_element(By.NAME, "reason").send_keys("results this week", Keys.ENTER)
    wait_until(browser, lambda driver: "ada: results this week" in page_text(driver), "the reason")
    assert "STOPPED" in page_text(browser)
    assert [act.who for act in platform.orchestrator.acts] == ["ada"]


def test_a_guest_sees_no_buttons(platform: Platform, browser: Chrome) -> None:
    """Only why there are none."""
    for path, words in (("/risk", "Tightening it needs the role trader"), ("/strategies", "needs the role trader")):
        browser.get(platform.url + path)
        wait_until(browser, lambda driver, words=words: words in page_text(driver), "the reason")  # type: ignore[misc] # bound now
        assert not browser.find_elements(*there(".buttons button"))


def test_a_signal_and_its_denial_arrive_live(platform: Platform, browser: Chrome) -> None:
    """Both come over the bus to the page of the strategy, without a reload."""
    browser.get(f"{platform.url}/strategies/trend")
    wait_until(browser, lambda driver: len(driver.find_elements(*there(".signal"))) == 4, "the signals of before")
    browser.execute_script("window.untouched = true")
    _, signal, _, block, *_ = every_event()
    platform.publish(SIGNALS, signal)
    wait_until(browser, lambda driver: len(driver.find_elements(*there(".signal"))) == 5, "the signal")
    assert browser.find_elements(*there(".signal"))[0].get_attribute("title") == "chain chain-1"  # the newest first
    platform.publish(BLOCKS, block)
    wait_until(browser, lambda driver: "DENIED" in page_text(driver), "the denial")
    assert browser.execute_script("return window.untouched") is True
    assert complaints(browser) == []


def test_an_order_is_checked_before_anybody_sends_it(platform: Platform, browser: Chrome) -> None:
    """The what-if form asks risk, and a guest may ask too."""
    browser.get(f"{platform.url}/risk")
    wait_until(browser, lambda driver: driver.find_elements(By.NAME, "symbol"), "the form")
    browser.find_element(By.NAME, "symbol").send_keys("AAPL")
    browser.find_element(By.NAME, "quantity").send_keys("10", Keys.ENTER)
    wait_until(browser, lambda driver: "WOULD BE APPROVED" in page_text(driver), "the answer")


def test_on_a_phone_nothing_is_wider_than_the_page(platform: Platform, browser: Chrome) -> None:
    """At 390 pixels no page scrolls sideways, and HALT is large enough for a thumb."""
    sign_in(browser, platform.url, ADA, "/strategies")
    resize(browser, PHONE)
    for path in ("/strategies", "/strategies/trend", "/risk"):
        browser.get(platform.url + path)
        wait_until(browser, lambda driver: "DEMO MARKET" in page_text(driver), "the page")
        assert browser.execute_script("return document.documentElement.scrollWidth") == PHONE[0]
    wait_until(browser, lambda driver: driver.find_elements(*there(HALT)), "the button")
    assert browser.find_element(*there(HALT)).size["height"] >= 44
