"""Canceling, ordering, acknowledging and asking why, as a person does it: own process, real bus, real browser."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace
from prometheus_client import CollectorRegistry
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from stockbot.events import Event
from stockbot.events.streams import BLOCKS
from stockbot.events.trading import RiskBlock
from stockbot.local.bus_server import BusServer
from stockbot.runtime.auth import Principal, Role
from stockbot.runtime.bus import Bus, publish
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics
from stockbot.testing import desk_scenes as scenes
from stockbot.testing.alarms import FakeAlarms
from stockbot.testing.bookkeeper import FakeBookkeeper
from stockbot.testing.browser import PHONE, complaints, page_text, resize, wait_until
from stockbot.testing.console_browser import give_reason, press, sign_in, there, wait_for
from stockbot.testing.console_process import running_console
from stockbot.testing.engine import FakeEngine
from stockbot.testing.fake_service import TOKEN, running
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.guardian import FakeGuardian
from stockbot.testing.orchestrator import FakeOrchestrator
from stockbot.testing.samples import every_event
from stockbot.testing.scenes import market, now, provider, trading_day
from stockbot.testing.trading_scenes import decisions, exposure, limits, strategy

ADA = "sbt_ada"
PEOPLE = {ADA: Principal("ada", Role.TRADER)}
KNOWN = {TOKEN: Principal("dashboard", Role.VIEWER)} | PEOPLE


@dataclass
class Platform:
    url: str
    bus: BusServer
    engine: FakeEngine
    alarms: FakeAlarms

    def publish(self, stream: str, event: Event) -> None:
        asyncio.run(self._publish(stream, replace(event, time=now(), sequence=1, incarnation="a")))

    async def _publish(self, stream: str, event: Event) -> None:
        bus = Bus(self.bus.url.get_secret_value(), clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
        await publish(bus, stream, [event])
        await bus.close()


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Start bus, services and console once: each test here changes what no other looks at."""
    at, folder = now(), tmp_path_factory.mktemp("platform")
    gateway = FakeGateway(quotes=market(at), providers=[provider()], exchanges=[trading_day(at)])
    orchestrator = FakeOrchestrator(strategies=[strategy()], signals=scenes.signals_with_quotes(at), known=KNOWN)
    guardian = FakeGuardian(limits=limits(), exposures=[exposure()], decisions=decisions(at), known=KNOWN)
    engine = FakeEngine(
        orders=scenes.orders(at),
        executions=scenes.executions(at),
        details=scenes.details(at),
        reconciliation=scenes.reconciliation(at),
        known=KNOWN,
        now=at,
    )
    bookkeeper = FakeBookkeeper(
        accounts=[scenes.account(at)],
        positions=scenes.positions(at),
        trades=scenes.trades(at),
        entries=scenes.entries(at),
        equity=scenes.equity(at),
        performance=scenes.performance(),
        known=KNOWN,
    )
    alarms = FakeAlarms(
        alerts=scenes.alerts(at), channels=scenes.channels(at), services=scenes.watched(at), known=KNOWN, now=at
    )
    services = {
        "MarketDataGateway": gateway,
        "StrategyOrchestrator": orchestrator,
        "RiskGuardian": guardian,
        "ExecutionEngine": engine,
        "PortfolioManager": bookkeeper,
        "AlertManager": alarms,
    }
    with (
        BusServer.start(folder / "bus") as bus,
        running(gateway),
        running(orchestrator),
        running(guardian),
        running(engine),
        running(bookkeeper),
        running(alarms),
        running_console(folder, bus, services, PEOPLE) as url,
    ):
        yield Platform(url, bus, engine, alarms)


def test_an_order_is_canceled_from_the_grid(platform: Platform, browser: Chrome, tmp_path: Path) -> None:
    """A click on a row leads to the order, the cancel asks why, and the order says that it was asked for."""
    sign_in(browser, platform.url, ADA, "/orders")
    wait_for(browser, "ACCEPTED")
    assert "PAPER" in page_text(browser)
    press(browser, ".orders .ag-row [col-id=state]")
    press(browser, ".card .danger")
    give_reason(browser, "no longer wanted")
    wait_for(browser, "CANCEL ASKED")
    assert [act.who for act in platform.engine.acts if act.what.startswith("DELETE")] == ["ada"]
    browser.get(f"{platform.url}/orders?state=all")
    wait_until(browser, lambda driver: len(driver.find_elements(*there(".ag-row"))) == 7, "all orders")
    assert complaints(browser) == []
    assert browser.save_screenshot(str(tmp_path / "orders.png"))


def test_a_manual_order_goes_to_risk_and_its_denial_comes_back(platform: Platform, browser: Chrome) -> None:
    """Each type shows the fields it needs; what was checked is sent; what risk says appears without a reload."""
    sign_in(browser, platform.url, ADA, "/orders/new?symbol=AAPL")
    wait_until(browser, lambda driver: driver.find_elements(*there(".order-form[data-ready]")), "the form")
    assert not browser.find_element(By.NAME, "limit_price").is_displayed()
    browser.find_element(By.NAME, "order_type").send_keys("limit")
    wait_until(browser, lambda driver: driver.find_element(By.NAME, "limit_price").is_displayed(), "the limit")
    for name, typed in (("quantity", "10"), ("limit_price", "187.5"), ("reason", "news")):
        browser.find_element(By.NAME, name).send_keys(typed)
    press(browser, ".order-form .submit")
    wait_for(browser, "WOULD BE APPROVED")
    assert browser.find_element(By.NAME, "symbol").get_attribute("value") == "AAPL"
    press(browser, ".order-form .submit")
    wait_for(browser, "SENT TO RISK")
    assert [act.body["limit_price"] for act in platform.engine.acts if act.what == "POST /api/v1/orders"] == ["187.5"]
    block = next(event for event in every_event() if isinstance(event, RiskBlock))
    platform.publish(BLOCKS, replace(block, data=replace(block.data, signal_id="manual-1")))
    wait_for(browser, "DENIED")
    assert complaints(browser) == []


def test_an_alert_is_acknowledged(platform: Platform, browser: Chrome) -> None:
    """The bell leads to the inbox; with the gravest acknowledged it is counted no more."""
    sign_in(browser, platform.url, ADA, "/")
    press(browser, ".bell.critical")
    wait_for(browser, "The loss of the session is above its limit")
    press(browser, ".alert.bad .go")
    give_reason(browser, "on it")
    wait_until(browser, lambda driver: driver.find_elements(*there(".bell.warning")), "the bell's colour")
    assert platform.alarms.acts[0].body == {"note": "on it"}
    assert complaints(browser) == []


def test_a_fill_is_explained_from_the_portfolio(platform: Platform, browser: Chrome) -> None:
    """A trade's link leads to its chain: tick, signal, decision, order, fills and ledger on one page."""
    browser.get(f"{platform.url}/portfolio")
    press(browser, ".trades a.more")
    wait_until(browser, lambda driver: len(driver.find_elements(*there(".chain > .link"))) == 8, "the steps")
    for words in ("the fast average crossed above the slow one", "APPROVED", "buy 6 AAPL at 187.47", "+38 ms"):
        assert words in page_text(browser)
    assert complaints(browser) == []


def test_on_a_phone_nothing_is_wider_than_the_page(platform: Platform, browser: Chrome) -> None:
    """At 390 pixels no page scrolls sideways, and the buttons of an alert are large enough for a thumb."""
    sign_in(browser, platform.url, ADA, "/orders")
    resize(browser, PHONE)
    for path in ("/orders?state=all", "/orders/new", "/portfolio", "/alerts?state=all", "/explain/chain-s2"):
        browser.get(platform.url + path)
        wait_for(browser, "PAPER")
        assert browser.execute_script("return document.documentElement.scrollWidth") == PHONE[0], path
    browser.get(f"{platform.url}/alerts")
    wait_until(browser, lambda driver: driver.find_elements(*there(".alert .go")), "the button")
    assert browser.find_element(*there(".alert .go")).size["height"] >= 40
