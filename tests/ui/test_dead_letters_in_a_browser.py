"""Dead letters as an admin meets them: a real Alert Manager put them aside, own console process, real browser."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import redis
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from tests.services.alert_manager.alert_process import process

from stockbot.alert_manager.control_room import GROUP
from stockbot.alert_manager.tables import DEAD_LETTERS
from stockbot.codec import encode
from stockbot.events.alerts import Alert, ServiceAlert, Severity
from stockbot.events.streams import ALERTS, FIELD
from stockbot.local.bus_server import BusServer
from stockbot.local.ports import LOOPBACK
from stockbot.runtime.auth import Principal, Role, token_record, write_tokens
from stockbot.runtime.database import Database
from stockbot.runtime.dead_letters import DeadLetter, put_aside
from stockbot.testing.browser import PHONE, complaints, page_text, resize, wait_until
from stockbot.testing.console_browser import give_reason, press, sign_in, there, wait_for
from stockbot.testing.console_process import running_console
from stockbot.testing.databases import sqlite_url
from stockbot.testing.fake_service import TOKEN, running
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.scenes import now

ROOT = "sbt_root"
PEOPLE = {ROOT: Principal("root", Role.ADMIN)}
HOSTILE = "</script><img src=x onerror=\"document.title='owned'\">"


@dataclass
class Platform:
    url: str
    bus: BusServer
    database_url: str

    def publish(self, document: bytes) -> None:
        """Bring something on the stream of alerts, whatever it is."""
        client = redis.Redis.from_url(self.bus.url.get_secret_value(), protocol=2)
        client.xadd(ALERTS, {FIELD: document})
        client.close()

    def put_aside(self, name: str, title: str) -> None:
        """Leave an alert that an earlier version of the service could not take in, and this one can."""
        alert = Alert(fingerprint=f"{name}/x", severity=Severity.WARNING, title=title)
        event = ServiceAlert(
            id=name, source="execution-engine/0", time=now(), subject=name, correlationid=name, data=alert
        )
        letter = DeadLetter(name, ALERTS, GROUP, "an unknown version", encode(event), now())
        asyncio.run(self._keep(letter))

    async def _keep(self, letter: DeadLetter) -> None:
        database = Database.open(self.database_url)
        await database.run(partial(put_aside, table=DEAD_LETTERS, letters=[letter]))
        await database.close()


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Start bus, Alert Manager and console once: each test here has letters of its own."""
    folder = tmp_path_factory.mktemp("platform")
    tokens, database_url = folder / "tokens-of-all.json", sqlite_url(folder)
    records = [token_record(one.name, one.role, token) for token, one in PEOPLE.items()]
    write_tokens(tokens, [*records, token_record("dashboard", Role.VIEWER, TOKEN)])
    with BusServer.start(folder / "bus") as bus, running(FakeGateway()) as gateway:
        surroundings = {"STOCKBOT_TOKENS_FILE": str(tokens), "STOCKBOT_LEASE_SECONDS": "10"}  # nobody else wants it
        address = bus.url.get_secret_value()
        with process(folder=folder, bus_url=address, database_url=database_url, environment=surroundings) as alerts:
            asyncio.run(alerts.until_ready())
            places = {"MarketDataGateway": gateway.url, "AlertManager": f"http://{LOOPBACK}:{alerts.port}"}
            variables = {"STOCKBOT_ENDPOINTS": json.dumps(places)}
            with running_console(folder, bus, {}, PEOPLE, **variables) as url:
                yield Platform(url, bus, database_url)


def wait_for_no(browser: Chrome, words: str) -> None:
    wait_until(browser, lambda driver: words not in page_text(driver), f"no {words}")


def test_an_event_is_taken_in_again(platform: Platform, browser: Chrome, tmp_path: Path) -> None:
    """Asked for with a reason and done by the service: the letter leaves by itself, and its alert is in the inbox."""
    platform.put_aside("late", "The broker answers slowly")
    sign_in(browser, platform.url, ROOT, "/providers")
    browser.find_element(By.LINK_TEXT, "Dead letters").click()
    wait_for(browser, "an unknown version")
    press(browser, ".letter summary")
    wait_for(browser, '"title": "The broker answers slowly"')
    assert browser.save_screenshot(str(tmp_path / "open.png"))
    press(browser, ".letter .go")
    give_reason(browser, "the new version knows it")
    wait_for_no(browser, "an unknown version")
    browser.get(f"{platform.url}/dead-letters?state=all")
    wait_for(browser, "Replayed, asked by root: the new version knows it")
    browser.get(f"{platform.url}/alerts")
    wait_for(browser, "The broker answers slowly")
    assert complaints(browser) == []


def test_what_nobody_can_read_is_shown_and_resolved(platform: Platform, browser: Chrome) -> None:
    """It appears without a reload, as text and never as markup; from the alert about it a link leads to it."""
    sign_in(browser, platform.url, ROOT, "/dead-letters")
    wait_for_no(browser, "Loading")
    platform.publish(HOSTILE.encode())
    wait_for(browser, "An event that cannot be read")
    press(browser, ".letter summary")
    wait_for(browser, HOSTILE)
    assert browser.find_elements(*there("img[src=x]")) == []
    browser.get(f"{platform.url}/alerts")
    press(browser, ".alert .head a")
    wait_for(browser, "An event that cannot be read")
    assert browser.title.startswith("Dead letters")
    press(browser, ".letter .danger")
    wait_for(browser, "The Alert Manager never takes in an event that cannot be read.")
    give_reason(browser, "nonsense")
    wait_for_no(browser, "An event that cannot be read")
    assert complaints(browser) == []


def test_on_a_phone_nothing_is_wider_than_the_page(platform: Platform, browser: Chrome, tmp_path: Path) -> None:
    """At 390 pixels the page does not scroll sideways, with an event open, and the buttons fit a thumb."""
    platform.put_aside("x" * 120, "A" * 400)
    sign_in(browser, platform.url, ROOT, "/dead-letters")
    resize(browser, PHONE)
    press(browser, ".letter summary")
    wait_for(browser, "A" * 400)
    assert browser.execute_script("return document.documentElement.scrollWidth") == PHONE[0]
    buttons = browser.find_elements(*there(".letter .buttons button"))
    assert len(buttons) == 2
    assert all(button.size["height"] >= 40 for button in buttons)
    assert browser.save_screenshot(str(tmp_path / "phone.png"))
