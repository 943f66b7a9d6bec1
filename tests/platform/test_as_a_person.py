"""The platform as a person meets it: `stockbot up`, a real browser, the command line."""

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.wait import WebDriverWait
from tests.platform.running_platform import PATIENCE_SECONDS, ROOT, Platform, price_of, running, until

from stockbot.spec import ServiceType

PRICES = ROOT / "services/stockbot/market_data_gateway/prices"
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
