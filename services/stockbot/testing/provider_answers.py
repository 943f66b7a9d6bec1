"""The answers of Yahoo Finance and Alpha Vantage, made from one small market of a test.

Used by `FakeProvider`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from stockbot.testing.clock import START

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Answer = tuple[int, Json]

NEW_YORK = ZoneInfo("America/New_York")
UNKNOWN = {"code": "Not Found", "description": "No data found, symbol may be delisted"}
INVALID_CALL = "Invalid API call. Please retry or visit the documentation for {function}."


@dataclass(kw_only=True)
class FakeListing:
    """One symbol: its price as the float that Yahoo sends, and its daily closes, oldest first."""

    price: float
    volume: int = 1_000_000
    bid: float = 0.0
    ask: float = 0.0
    delayed_by: int = 0
    price_hint: int = 2
    closes: list[float] = field(default_factory=lambda: [100.0, 101.0, 102.5])


@dataclass(kw_only=True)
class FakeMarket:
    """What is listed, and the time of the last trades, UTC."""

    now: datetime = START
    listings: dict[str, FakeListing] = field(
        default_factory=lambda: {
            "AAPL": FakeListing(price=187.4400024414, bid=187.43, ask=187.45),
            "MSFT": FakeListing(price=402.5599975586, bid=402.5, ask=402.6),
        }
    )


def yahoo(market: FakeMarket, path: str, query: Mapping[str, str]) -> Answer:
    if path == "/v7/finance/quote":
        asked = query.get("symbols", "").split(",")
        rows: list[Json] = [_yahoo_quote(market, s) for s in asked if s in market.listings]
        return 200, {"quoteResponse": {"result": rows, "error": None}}
    symbol = path.removeprefix("/v8/finance/chart/")
    if symbol not in market.listings:
        return 404, {"chart": {"result": None, "error": {**UNKNOWN}}}
    chart = _yahoo_chart(market, symbol, query.get("interval", "1d"))
    return 200, {"chart": {"result": [chart], "error": None}}


def alpha_vantage(market: FakeMarket, _path: str, query: Mapping[str, str]) -> Answer:
    function, symbol = query.get("function", ""), query.get("symbol", "")
    if function == "REALTIME_BULK_QUOTES":
        listed = [s for s in symbol.split(",") if s in market.listings]
        rows: list[Json] = [_bulk_row(market, s) for s in listed]
        return 200, {"endpoint": "Realtime Bulk Quotes", "message": "success", "data": rows}
    if function == "GLOBAL_QUOTE":
        return 200, {"Global Quote": _global_quote(market, symbol) if symbol in market.listings else {}}
    if symbol not in market.listings:
        return 200, {"Error Message": INVALID_CALL.format(function=function)}
    if function == "TIME_SERIES_DAILY":
        return 200, {"Meta Data": {}, "Time Series (Daily)": _daily(market, symbol)}
    interval = query.get("interval", "5min")
    return 200, {"Meta Data": {}, f"Time Series ({interval})": _intraday(market, symbol, interval)}


def _yahoo_quote(market: FakeMarket, symbol: str) -> Json:
    listing = market.listings[symbol]
    return {
        "symbol": symbol,
        "regularMarketPrice": listing.price,
        "regularMarketTime": int(market.now.timestamp()),
        "regularMarketVolume": listing.volume,
        "bid": listing.bid,
        "ask": listing.ask,
        "exchangeDataDelayedBy": listing.delayed_by,
        "priceHint": listing.price_hint,
        "marketState": "REGULAR",
        "currency": "USD",
    }


def _yahoo_chart(market: FakeMarket, symbol: str, interval: str) -> Json:
    listing = market.listings[symbol]
    opens, closes = _session(market.now)
    times = _times(market, len(listing.closes), interval)
    closing: list[Json] = [*listing.closes]
    column: dict[str, Json] = {
        "open": closing,
        "high": [close + 1 for close in listing.closes],
        "low": [close - 1 for close in listing.closes],
        "close": closing,
        "volume": [listing.volume for _ in closing],
    }
    return {
        "meta": {
            "symbol": symbol,
            "exchangeTimezoneName": "America/New_York",
            "regularMarketPrice": listing.price,
            "regularMarketTime": int(market.now.timestamp()),
            "regularMarketVolume": listing.volume,
            "priceHint": listing.price_hint,
            "currentTradingPeriod": {"regular": {"start": int(opens.timestamp()), "end": int(closes.timestamp())}},
            "dataGranularity": interval,
        },
        "timestamp": [int(time.timestamp()) for time in times],
        "indicators": {"quote": [column], "adjclose": [{"adjclose": [close / 2 for close in listing.closes]}]},
    }


def _global_quote(market: FakeMarket, symbol: str) -> dict[str, Json]:
    listing = market.listings[symbol]
    return {
        "01. symbol": symbol,
        "05. price": f"{listing.price:.4f}",
        "06. volume": str(listing.volume),
        "07. latest trading day": market.now.astimezone(NEW_YORK).date().isoformat(),
        "08. previous close": f"{listing.closes[-1]:.4f}",
    }


def _bulk_row(market: FakeMarket, symbol: str) -> Json:
    listing = market.listings[symbol]
    local = market.now.astimezone(NEW_YORK).replace(tzinfo=None)
    return {
        "symbol": symbol,
        "timestamp": local.isoformat(sep=" ", timespec="milliseconds"),
        "close": f"{listing.price:.4f}",
        "volume": str(listing.volume),
        "extended_hours_quote": "",
    }


def _daily(market: FakeMarket, symbol: str) -> Json:
    closes = market.listings[symbol].closes
    days = [time.astimezone(NEW_YORK).date().isoformat() for time in _times(market, len(closes), "1d")]
    return {day: _row(close) for day, close in reversed(list(zip(days, closes, strict=True)))}


def _intraday(market: FakeMarket, symbol: str, interval: str) -> Json:
    closes = market.listings[symbol].closes
    times = _times(market, len(closes), interval.replace("60min", "1h").replace("in", ""))
    local = [time.astimezone(NEW_YORK).strftime("%Y-%m-%d %H:%M:%S") for time in times]
    return {time: _row(close) for time, close in reversed(list(zip(local, closes, strict=True)))}


def _row(close: float) -> Json:
    return {
        "1. open": f"{close:.4f}",
        "2. high": f"{close + 1:.4f}",
        "3. low": f"{close - 1:.4f}",
        "4. close": f"{close:.4f}",
        "5. volume": "1000",
    }


def _times(market: FakeMarket, count: int, interval: str) -> list[datetime]:
    """Return the starts of the last bars, oldest first.

    Of days on the session, of minutes from its opening.
    """
    opens, _ = _session(market.now)
    if interval == "1d":
        return [opens - timedelta(days=n) for n in reversed(range(count))]
    length = timedelta(hours=1) if interval == "1h" else timedelta(minutes=int(interval[:-1]))
    return [opens + n * length for n in range(count)]


def _session(now: datetime) -> tuple[datetime, datetime]:
    local = now.astimezone(NEW_YORK)
    opens = local.replace(hour=9, minute=30, second=0, microsecond=0)
    return opens, opens + timedelta(hours=6.5)
