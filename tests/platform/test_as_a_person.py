"""The platform as a person meets it: `stockbot up`, a real browser, the command line."""

import csv
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.wait import WebDriverWait

from stockbot.spec import PORTS, ServiceType

ROOT = Path(__file__).parents[2]
PRICES = ROOT / "services/stockbot/market_data_gateway/prices"
PATIENCE_SECONDS = 60
TOKEN = "sbt_" + "t" * 43
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
REPLAY = """
apiVersion: stockbot.dev/v1alpha1
kind: TradingService
metadata: {name: market-data-gateway}
spec:
  type: MarketDataGateway
  marketDataGateway:
    providers:
      - {name: replay, type: Replay, replay: {speed: "1", start: "2012-06-29"}}
    symbolSets:
      - {name: history, exchange: XNYS, symbols: [SPX, IBM, MSFT], providers: [replay]}
"""


class Platform:
    """A running `stockbot up`, on ports beside those of a platform that a person may be running."""

    def __init__(self, offset: int, data_dir: Path) -> None:
        self.offset = offset
        self.console = f"http://localhost:{5173 + offset}"
        self.data_dir = data_dir

    def get(self, path: str, service: ServiceType = ServiceType.MARKET_DATA_GATEWAY) -> Any:
        answer = httpx.get(self.url(service) + path, headers=ADMIN, timeout=10)
        return answer.raise_for_status().json()

    def post(self, path: str, service: ServiceType, body: dict[str, str]) -> Any:
        headers = ADMIN | {"Idempotency-Key": "a-test"}
        return httpx.post(self.url(service) + path, headers=headers, json=body, timeout=10).raise_for_status().json()

    def url(self, service: ServiceType) -> str:
        return f"http://127.0.0.1:{PORTS[service] + self.offset}"

    def lines(self, count: int, *words: str) -> list[str]:
        """The first lines that a command of `stockbot` prints about this platform; it is ended after them."""
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "stockbot", *words],
            env={**os.environ, "STOCKBOT_DATA_DIR": str(self.data_dir)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        with process.stdout as output:
            found = [output.readline() for _ in range(count)]
            process.terminate()
            process.wait(PATIENCE_SECONDS)
        return found


@contextmanager
def running(folder: Path, *documents: Path) -> Iterator[Platform]:
    """`stockbot up` over the documents until all are ready; stopped with SIGTERM at the end, and it must end well."""
    platform = Platform(free_offset(), folder / "data")
    files = [word for document in documents for word in ("-f", str(document))]
    log = folder / "up.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [
                *(sys.executable, "-m", "stockbot", "up", "--no-live", *files),
                *("--data-dir", str(platform.data_dir), "--port-offset", str(platform.offset)),
            ],
            env={**os.environ, "STOCKBOT_ADMIN_TOKEN": TOKEN},
            stdout=output,
            stderr=output,
        )
        try:
            wait_until_ready(log, process)
            yield platform
        finally:
            process.terminate()
            code = process.wait(PATIENCE_SECONDS)
    assert code == 0, log.read_text()


def wait_until_ready(log: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "Ready after" not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def free_offset() -> int:
    """An offset at which the ports of all services are free just now."""
    for offset in range(20_000, 40_000, 137):
        if all(_is_free(port + offset) for port in PORTS.values()):
            return offset
    raise AssertionError("no free ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The documents of the repository, as `make run` starts them."""
    with running(tmp_path_factory.mktemp("demo"), ROOT / "k8s/platform") as platform:
        yield platform


@pytest.fixture(scope="module")
def replay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The shipped bars from 29 June 2012 on, at the speed of the clock: the first bar of the day stays for hours."""
    folder = tmp_path_factory.mktemp("replay")
    (folder / "gateway.yaml").write_text(REPLAY)
    with running(folder, folder / "gateway.yaml", ROOT / "k8s/platform/dashboard.yaml") as platform:
        yield platform


def price_of(driver: Chrome, symbol: str) -> str | None:
    """The first number after the symbol on the page."""
    text = str(driver.execute_script("return document.body.innerText"))
    found = re.search(rf"\b{symbol}\s+([\d,]+\.\d\d)", text)
    return found[1] if found else None


def shipped(symbol: str) -> dict[str, dict[str, str]]:
    """The rows of a shipped file by date."""
    with (PRICES / f"{symbol}.csv").open() as file:
        return {row["date"]: row for row in csv.DictReader(file)}


@pytest.mark.timeout(180)
def test_a_newcomer_sees_prices_that_change_without_reload(demo: Platform, browser: Chrome, tmp_path: Path) -> None:
    """http://localhost:5173 shows live prices, says that they are simulated, and needs no login."""
    browser.get(demo.console)
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda driver: price_of(driver, "AAPL"))
    browser.execute_script("window.sameDocument = true")
    symbols = [item["symbol"] for item in demo.get("/api/v1/symbols")["items"]]
    before = {symbol: price_of(browser, symbol) for symbol in symbols}
    WebDriverWait(browser, PATIENCE_SECONDS).until(
        lambda driver: any(price_of(driver, symbol) != price for symbol, price in before.items())
    )
    assert browser.execute_script("return window.sameDocument") is True
    assert "simulated" in str(browser.execute_script("return document.body.innerText")).lower()
    assert browser.save_screenshot(str(tmp_path / "market.png"))
    assert (tmp_path / "market.png").stat().st_size > 10_000


@pytest.mark.timeout(180)
def test_the_stream_has_a_tick_of_all_symbols_every_five_seconds(demo: Platform) -> None:
    """`stockbot events tail` shows MARKET_DATA in the documented shape."""
    lines = demo.lines(3, "events", "tail", "--type", "MARKET_DATA", "--json", "-n", "0")
    ticks = [json.loads(line) for line in lines]
    symbols = {item["symbol"] for item in demo.get("/api/v1/symbols")["items"]}
    for tick in ticks:
        assert tick["type"] == "MARKET_DATA"
        assert {quote["symbol"] for quote in tick["data"]["quotes"]} == symbols
        assert {"bid", "ask", "last", "volume", "source_time", "receive_time", "provider", "delayed", "stale"} <= set(
            tick["data"]["quotes"][0]
        )
    times = [datetime.fromisoformat(tick["time"]) for tick in ticks]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    assert all(3 < gap < 10 for gap in gaps), gaps
    assert [tick["sequence"] - ticks[0]["sequence"] for tick in ticks] == [0, 1, 2]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("symbol", ["SPX", "IBM"])
def test_replayed_bars_are_the_shipped_prices(replay: Platform, symbol: str) -> None:
    """GET /api/v1/bars answers with the file's numbers, and with nothing that the replay has not reached."""
    answer = replay.get(f"/api/v1/bars/{symbol}?interval=1d&start=2012-06-01T00:00:00Z")
    rows = shipped(symbol)
    got = {bar["start"][:10]: tuple(float(bar[k]) for k in ("open", "high", "low", "close")) for bar in answer["items"]}
    wanted = {
        date: tuple(float(row[k]) for k in ("open", "high", "low", "close"))
        for date, row in rows.items()
        if "2012-06-01" <= date < "2012-06-29"
    }
    assert got == wanted
    assert len(got) == 20


@pytest.mark.timeout(180)
@pytest.mark.parametrize("symbol", ["IBM", "MSFT"])
def test_the_page_shows_the_replayed_price_and_says_so(replay: Platform, browser: Chrome, symbol: str) -> None:
    """The watchlist shows the open of the replayed day, out of the file, marked as a replay."""
    browser.get(replay.console)
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda driver: price_of(driver, symbol))
    day = shipped(symbol)["2012-06-29"]
    assert float(day["low"]) <= float(price_of(browser, symbol) or 0) <= float(day["high"])
    assert abs(float(price_of(browser, symbol) or 0) - float(day["open"])) < 0.05
    assert "replay" in str(browser.execute_script("return document.body.innerText")).lower()


def until(what: Callable[[], Any]) -> Any:
    """Ask again and again until there is an answer."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.2)
    return found


def test_an_order_goes_all_the_way_and_can_be_explained(demo: Platform, browser: Chrome) -> None:
    """Bought by hand on paper: decided, sent, filled, booked to the cent, and told as one story in the browser."""
    body = {"symbol": "KO", "side": "buy", "quantity": "3", "reason": "a test of the whole way"}
    asked = demo.post("/api/v1/orders", ServiceType.EXECUTION_ENGINE, body)
    chain = f"?correlationid={asked['correlationid']}"

    def filled() -> Any:
        orders = demo.get(f"/api/v1/orders{chain}", ServiceType.EXECUTION_ENGINE)["items"]
        return orders and orders[0]["state"] == "FILLED" and orders[0]

    def booked() -> Any:
        return demo.get(f"/api/v1/ledger{chain}", ServiceType.PORTFOLIO_MANAGER)["items"]

    order, entries = until(filled), until(booked)
    assert (order["filled_quantity"], order["strategy"]) == ("3", "manual")
    assert all(sum(Decimal(line["amount"]) for line in entry["lines"]) == 0 for entry in entries)
    now = demo.get("/api/v1/equity?account=paper", ServiceType.PORTFOLIO_MANAGER)["now"]
    worth = sum(Decimal(row["quantity"]) * Decimal(row["mark"]) for row in now["positions"])
    assert abs(Decimal(now["cash"]) + worth - Decimal(now["equity"])) < Decimal("0.01")
    browser.get(f"{demo.console}/explain/{asked['correlationid']}")
    words = ("a test of the whole way", "FILLED", "KO")
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda page: all(word in _text(page) for word in words))


def _text(page: Chrome) -> str:
    return str(page.execute_script("return document.body.innerText"))
