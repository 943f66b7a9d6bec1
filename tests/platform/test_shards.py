"""`stockbot up` with gateway and orchestrator in two shards each: whoever is asked, the platform is whole."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from decimal import Decimal
from functools import partial
from typing import Any

import httpx
import psutil
import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.wait import WebDriverWait
from tests.platform.running_platform import ADMIN, PATIENCE_SECONDS, ROOT, Platform, price_of, running, until

from stockbot.model.sharding import shard_of
from stockbot.spec import ServiceType

SHARDS = 2
SYMBOLS = ["AAPL", "IBM", "KO", "MSFT"]
GATEWAY = """
apiVersion: stockbot.dev/v1alpha1
kind: TradingService
metadata: {name: market-data-gateway}
spec:
  type: MarketDataGateway
  replicas: 2
  marketDataGateway:
    tickIntervalSeconds: 1
    providers:
      - {name: demo, type: Demo}
    symbolSets:
      - {name: well-known, exchange: XNYS, symbols: [AAPL, IBM, KO, MSFT], providers: [demo]}
"""
ORCHESTRATOR = """
apiVersion: stockbot.dev/v1alpha1
kind: TradingService
metadata: {name: strategy-orchestrator}
spec:
  type: StrategyOrchestrator
  replicas: 2
  strategyOrchestrator:
    strategies:
      - name: core
        class: BuyAndHold
        symbols: [AAPL, IBM, KO, MSFT]
        interval: 1m
        sizing: {fixedQuantity: "3"}
        schedule: {sessions: Always}
      - name: idle
        class: BuyAndHold
        symbols: [AAPL, IBM, KO, MSFT]
        interval: 1m
        sizing: {fixedQuantity: "1"}
        schedule: {sessions: Always}
        enabled: false
"""
OTHERS = ("risk-guardian", "execution-engine", "portfolio-manager", "dashboard")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """All services, those with symbols of their own as two processes each."""
    folder = tmp_path_factory.mktemp("shards")
    documents = folder / "documents"
    documents.mkdir()
    (documents / "market-data-gateway.yaml").write_text(GATEWAY)
    (documents / "strategy-orchestrator.yaml").write_text(ORCHESTRATOR)
    for name in OTHERS:
        shutil.copy(ROOT / "k8s/platform" / f"{name}.yaml", documents)
    with running(folder, documents) as platform:
        yield platform


def addresses(platform: Platform, service: str) -> list[str]:
    """Where each shard of the service listens: the ports of the first ones are known, the others' are free ones."""
    started = json.loads((platform.data_dir / "running.json").read_text())["pid"]
    found: dict[str, str] = {}
    for child in psutil.Process(started).children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # services have children of their own, which come and go
            variables = child.environ()
            if variables.get("STOCKBOT_INSTANCE", "").partition("/")[0] == service:
                found[variables["STOCKBOT_SHARD"]] = f"http://127.0.0.1:{variables['STOCKBOT_PORT']}"
    assert sorted(found) == ["0", "1"], found
    return [found[shard] for shard in sorted(found)]


def ask(address: str, path: str) -> Any:
    return httpx.get(f"{address}/api/v1/{path}", headers=ADMIN, timeout=10).raise_for_status().json()


def _is_everywhere(state: str, address: str, strategy: str) -> bool:
    """Whether the shard at `address` says that the strategy is in this state on every shard."""
    return [each["state"] for each in ask(address, f"strategies/{strategy}")["shards"]] == [state] * SHARDS


@pytest.mark.timeout(180)
def test_every_shard_of_the_gateway_answers_for_all_symbols(platform: Platform) -> None:
    """Symbols, fresh quotes, history and providers are the same at both, and each symbol has one owner."""
    shards = addresses(platform, "market-data-gateway")
    assert {shard_of(symbol, SHARDS) for symbol in SYMBOLS} == {0, 1}
    for address in shards:
        listed = {each["symbol"]: each["shard"] for each in ask(address, "symbols")["items"]}
        assert listed == {symbol: shard_of(symbol, SHARDS) for symbol in SYMBOLS}
        quotes = until(partial(_all_quotes, address))
        assert not any(quote["stale"] for quote in quotes)
        assert all(ask(address, f"bars/{symbol}?interval=1m")["items"] for symbol in SYMBOLS)
        until(partial(_healthy, address))


def _all_quotes(address: str) -> list[dict[str, Any]]:
    quotes: list[dict[str, Any]] = ask(address, "quotes")["items"]
    return quotes if [quote["symbol"] for quote in quotes] == SYMBOLS else []


def _healthy(address: str) -> bool:
    [provider] = ask(address, "providers")["items"]
    return [each["state"] for each in provider["shards"]] == ["healthy"] * SHARDS


@pytest.mark.timeout(180)
def test_no_symbol_is_owned_twice(platform: Platform) -> None:
    """On the streams each symbol comes from one shard alone, and all of them come."""
    lines = platform.lines(8, "events", "tail", "--type", "MARKET_DATA", "--json", "-n", "0")
    ticks = [json.loads(line) for line in lines]
    from_shard = {(quote["symbol"], tick["source"]) for tick in ticks for quote in tick["data"]["quotes"]}
    assert from_shard == {(symbol, f"market-data-gateway/{shard_of(symbol, SHARDS)}") for symbol in SYMBOLS}


@pytest.mark.timeout(180)
def test_a_strategy_runs_on_all_shards_and_trades_their_symbols(platform: Platform) -> None:
    """Warm from history at both, passed by risk and filled: each symbol once, whichever shard has it."""
    for address in addresses(platform, "strategy-orchestrator"):
        until(partial(_is_everywhere, "RUNNING", address, "core"))
        runs = until(partial(_warm, address))
        assert [run["symbol"] for run in runs] == SYMBOLS
    assert until(lambda: _bought(platform)) == dict.fromkeys(SYMBOLS, 3)


def _warm(address: str) -> list[dict[str, Any]]:
    runs: list[dict[str, Any]] = ask(address, "strategies/core")["runs"]
    return runs if all(run["bars"] >= run["warmup"] and not run["problem"] for run in runs) else []


def _bought(platform: Platform) -> dict[str, int]:
    """What the strategy got of each symbol, once it has some of all and nothing more works.

    On a slow machine an approval may run out before it is sent; then the strategy asks again at its next bar.
    """
    orders = platform.get("/api/v1/orders", ServiceType.EXECUTION_ENGINE)["items"]
    own = [order for order in orders if order["strategy"] == "core"]
    got: dict[str, int] = {}
    for order in own:
        got[order["symbol"]] = got.get(order["symbol"], 0) + int(order["filled_quantity"])
    is_done = not any(order["is_open"] for order in own) and all(got.get(symbol) for symbol in SYMBOLS)
    return got if is_done else {}


@pytest.mark.timeout(180)
def test_an_order_to_start_or_stop_reaches_all_shards(platform: Platform) -> None:
    """Whoever is told: one shard takes the order to start, the other the one to stop, and both obey both."""
    shards = addresses(platform, "strategy-orchestrator")
    for asked, step, state in ((shards[1], "start", "RUNNING"), (shards[0], "stop", "STOPPED")):
        path = f"{asked}/api/v1/strategies/idle/{step}"
        httpx.post(path, headers=ADMIN, json={"reason": "a test"}, timeout=10).raise_for_status()
        for address in shards:
            until(partial(_is_everywhere, state, address, "idle"))


@pytest.mark.timeout(180)
def test_risk_knows_the_instruments_of_all_shards(platform: Platform) -> None:
    """With their volume out of the history, so that an order of any of them may pass."""
    for symbol in SYMBOLS:
        until(partial(_passes, platform, symbol))


def _passes(platform: Platform, symbol: str) -> bool:
    body = {"symbol": symbol, "side": "buy", "quantity": "1"}
    url = f"{platform.url(ServiceType.RISK_GUARDIAN)}/api/v1/check"
    answer = httpx.post(url, headers=ADMIN, json=body, timeout=10).raise_for_status().json()
    return bool(answer["approved"])


@pytest.mark.timeout(180)
def test_the_watchlist_shows_the_symbols_of_all_shards(platform: Platform, browser: Chrome) -> None:
    """A person sees a price of each, and it moves."""
    browser.get(platform.console)
    wait = WebDriverWait(browser, PATIENCE_SECONDS)
    wait.until(lambda driver: all(prices(driver).values()))
    before = prices(browser)
    wait.until(lambda driver: all(price != before[symbol] for symbol, price in prices(driver).items()))


def prices(driver: Chrome) -> dict[str, str | None]:
    return {symbol: price_of(driver, symbol) for symbol in SYMBOLS}


@pytest.mark.timeout(180)
def test_a_flatten_leaves_no_strategy_with_shares(platform: Platform) -> None:
    """Halted, by an admin: every holder's own shares are sold, and books and strategies know that nothing is held."""
    until(lambda: _bought(platform))
    platform.set_trading_state("Halted")
    body = {"reason": "a test", "confirm": "FLATTEN"}
    closes = platform.post("/api/v1/orders/flatten", ServiceType.EXECUTION_ENGINE, body)["closes"]
    assert [close["symbol"] for close in closes if close["strategy"] == "core"] == SYMBOLS
    until(lambda: not any(held(platform)))
    until(lambda: not any(counted_by_strategies(platform)))
    platform.set_trading_state("Active")


def held(platform: Platform) -> list[Decimal]:
    """The shares of the account and of each strategy, as the Portfolio Manager has them."""
    positions = platform.get("/api/v1/positions?strategy=all", ServiceType.PORTFOLIO_MANAGER)["items"]
    return [Decimal(position["quantity"]) for position in positions]


def counted_by_strategies(platform: Platform) -> list[Decimal]:
    with closing(sqlite3.connect(f"file:{platform.data_dir / 'stockbot.db'}?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT quantity FROM orchestrator_positions").fetchall()
    return [Decimal(str(quantity)) for (quantity,) in rows]
