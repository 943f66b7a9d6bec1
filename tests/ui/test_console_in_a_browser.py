"""The whole console as a person sees it: its own process, a real bus, a gateway on loopback, a real browser."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from stockbot.events.market import MarketData, Quote, Tick
from stockbot.events.streams import market_data
from stockbot.local.bus_server import BusServer
from stockbot.runtime.auth import Principal, Role
from stockbot.runtime.bus import Bus, publish
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics
from stockbot.testing.browser import PHONE, complaints, page_text, resize, wait_until
from stockbot.testing.console_process import running_console
from stockbot.testing.fake_service import running
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.scenes import bars, market, now, provider, quote, trading_day
from stockbot_console.view_models.ages import age_text

ADA = "sbt_ada"


@dataclass
class Platform:
    """A console and what it looks at; `tick` publishes quotes as a gateway would."""

    url: str
    bus: BusServer
    gateway: FakeGateway
    interval_seconds: float = 5.0
    _sequence: int = 0

    def tick(self, *quotes: Quote) -> None:
        self._sequence += 1
        asyncio.run(self._publish(quotes))

    async def _publish(self, quotes: tuple[Quote, ...]) -> None:
        bus = Bus(self.bus.url.get_secret_value(), clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
        event_id = f"tick-{self._sequence}"
        event = MarketData(
            id=event_id,
            source="market-data-gateway/0",
            time=now(),
            subject="0",
            correlationid=event_id,
            sequence=self._sequence,
            incarnation="a",
            data=Tick(shard=0, interval_seconds=self.interval_seconds, quotes=quotes),
        )
        await publish(bus, market_data(0), [event])
        await bus.close()


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """Start bus, gateway and console; all end with the test."""
    gateway = FakeGateway(quotes=market(now()), providers=[provider()], exchanges=[trading_day(now())])
    services, people = {"MarketDataGateway": gateway}, {ADA: Principal("ada", Role.TRADER)}
    with (
        BusServer.start(tmp_path / "bus") as bus,
        running(gateway),
        running_console(tmp_path, bus, services, people) as url,
    ):
        yield Platform(url, bus, gateway)


def shown(browser: Chrome, symbol: str, column: str) -> str:
    """Return the text of a cell of the watchlist; empty where it is not there yet."""
    script = "return document.querySelector(arguments[0])?.textContent ?? ''"
    selector = f".ag-row[row-id='{symbol}'] [col-id='{column}']"
    return str(browser.execute_script(script, selector))


def test_a_price_changes_without_a_reload(platform: Platform, browser: Chrome, tmp_path: Path) -> None:
    """A tick on the bus is on the page: the same page, in the next moment, with nothing said in red."""
    browser.get(platform.url)
    wait_until(browser, lambda driver: shown(driver, "AAPL", "last") == "187.45", "the gateway's last quote")
    browser.execute_script("window.untouched = true")
    platform.tick(*(quote(one.symbol, one.mark + Decimal("1.50"), now()) for one in platform.gateway.quotes))
    wait_until(browser, lambda driver: shown(driver, "AAPL", "last") == "188.95", "the price of the tick")
    assert shown(browser, "AAPL", "change") == "\N{BLACK UP-POINTING TRIANGLE} +0.80 %"
    assert "DEMO MARKET" in page_text(browser)
    assert browser.execute_script("return window.untouched") is True
    assert complaints(browser) == []
    screenshot = tmp_path / "market.png"
    assert browser.save_screenshot(str(screenshot))
    assert screenshot.stat().st_size > 20_000  # an empty page is far smaller


def test_prices_grow_stale_when_ticks_stop(platform: Platform, browser: Chrome) -> None:
    """Nothing has to arrive: the light turns, the row greys and says its age."""
    platform.interval_seconds = 0.2
    browser.get(platform.url)
    wait_until(browser, lambda driver: shown(driver, "KO", "last"), "the watchlist")
    platform.tick(
        quote("KO", Decimal("59.82"), now() - timedelta(minutes=3, seconds=20), receive_time=now(), provider="yahoo")
    )
    wait_until(browser, lambda driver: "silent" in page_text(driver), "the light of the feed")
    wait_until(browser, lambda driver: "STALE" in shown(driver, "KO", "source"), "the badge of the row")
    wait_until(browser, lambda driver: driver.find_elements(By.CSS_SELECTOR, ".ag-row.stale[row-id='KO']"), "the grey")
    assert shown(browser, "KO", "at") == "3 min"


def test_a_lost_bus_is_said_and_healed(platform: Platform, browser: Chrome) -> None:
    """The bus is killed and started again, empty of connections: the page says both by itself."""
    browser.get(platform.url)
    wait_until(browser, lambda driver: "connected" in page_text(driver), "the light of the bus")
    platform.bus.kill()
    wait_until(browser, lambda driver: "Bus\nlost" in page_text(driver), "the loss")
    platform.bus.restart()
    wait_until(browser, lambda driver: "connected" in page_text(driver), "the return")
    platform.tick(quote("AAPL", Decimal("191.00"), now()))
    wait_until(browser, lambda driver: shown(driver, "AAPL", "last") == "191.00", "a tick after the return")


def test_the_search_narrows_the_list_from_the_keyboard(platform: Platform, browser: Chrome) -> None:
    """`/` leads to the field, the rows follow each letter, and the address keeps the search."""
    browser.get(platform.url)
    wait_until(browser, lambda driver: shown(driver, "MSFT", "last"), "the watchlist")
    browser.find_element(By.TAG_NAME, "body").send_keys("/")
    browser.switch_to.active_element.send_keys("msf")
    wait_until(browser, lambda driver: not shown(driver, "AAPL", "last"), "fewer rows")
    assert shown(browser, "MSFT", "last")
    assert browser.current_url.endswith("/?q=msf")


def test_the_palette_leads_to_a_symbol(platform: Platform, browser: Chrome) -> None:
    """Ctrl-K, a few letters and Enter open the page of a symbol, with its candles."""
    end = now().replace(second=0, microsecond=0)
    platform.gateway.bars["NVDA", "1d"] = bars("NVDA", "1d", timedelta(days=1), end=end, count=60)
    browser.get(platform.url)
    wait_until(browser, lambda driver: shown(driver, "NVDA", "last"), "the watchlist")
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.CONTROL, "k")
    browser.switch_to.active_element.send_keys("nvd", Keys.ENTER)
    wait_until(browser, lambda driver: driver.current_url.endswith("/symbols/NVDA"), "the page of the symbol")
    wait_until(browser, lambda driver: driver.find_elements(By.CSS_SELECTOR, ".chart canvas"), "the candles")
    assert complaints(browser) == []


def test_a_person_signs_in_and_out(platform: Platform, browser: Chrome) -> None:
    """A visitor signs in with a token, is called by name, and is a guest again afterwards."""
    browser.get(f"{platform.url}/login?redirect_to=/providers")
    browser.find_element(By.NAME, "token").send_keys(ADA, Keys.ENTER)
    wait_until(browser, lambda driver: "ada \N{MIDDLE DOT} trader" in page_text(driver), "the name")
    assert browser.current_url.endswith("/providers")
    browser.find_element(By.XPATH, "//button[contains(., 'Sign out')]").click()
    wait_until(browser, lambda driver: "guest \N{MIDDLE DOT} viewer" in page_text(driver), "the guest")


def test_on_a_phone_nothing_is_wider_than_the_page(platform: Platform, browser: Chrome) -> None:
    """At 390 pixels the page does not scroll sideways, and price, change and age of each row are still there."""
    resize(browser, PHONE)
    browser.get(platform.url)
    wait_until(browser, lambda driver: shown(driver, "AAPL", "last"), "the watchlist")
    for path in ("/", "/providers", "/symbols/AAPL"):
        browser.get(platform.url + path)
        wait_until(browser, lambda driver: "DEMO MARKET" in page_text(driver), "the page")
        width = browser.execute_script("return document.documentElement.scrollWidth")
        assert width == PHONE[0]


def test_ages_are_the_same_on_both_sides(platform: Platform, browser: Chrome) -> None:
    """The browser ticks ages in the words that the console uses."""
    browser.get(platform.url)
    seconds = [0, 0.4, 1, 59, 60, 3599, 3600, 3660, 7500, 86_399, 86_400, 9_000_000]
    script = "return arguments[0].map((seconds) => stockbot.age(seconds * 1000))"
    assert browser.execute_script(script, seconds) == [age_text(age) for age in seconds]


def test_another_name_of_this_machine_does_not_open_the_console(platform: Platform) -> None:
    """The running console refuses a request that came by a foreign name, with an answer that says what to do."""
    answer = httpx.get(platform.url, headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert "localhost" in answer.text
