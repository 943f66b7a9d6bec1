"""A small market for tests of what shows one: providers, sessions, quotes and bars, all ordinary."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from stockbot.events.market import Bar, ExchangeSessions, Quote, Session, SessionHours

PRICES = {
    "AAPL": "187.45",
    "AMZN": "178.22",
    "AVGO": "1328.55",
    "BRK.B": "405.08",
    "COST": "732.63",
    "GOOG": "156.37",
    "JNJ": "161.38",
    "JPM": "190.94",
    "KO": "59.82",
    "LLY": "761.11",
    "META": "494.17",
    "MSFT": "415.28",
    "NFLX": "605.88",
    "NVDA": "875.28",
    "ORCL": "125.54",
    "PG": "161.02",
    "TSLA": "175.34",
    "UNH": "489.53",
    "V": "281.78",
    "WMT": "59.87",
    "XOM": "105.84",
}


def provider(name: str = "demo", **changes: Any) -> dict[str, Any]:
    healthy = {
        "name": name,
        "type": "demo",
        "simulated": True,
        "label": "a seeded random market, not a real one",
        "state": "healthy",
        "breaker": "closed",
        "last_success": "2026-03-02T15:00:00Z",
        "last_error": None,
        "last_error_at": None,
        "budget": {"per_minute": None, "per_day": None},
        "symbol_sets": ["demo"],
    }
    return healthy | changes


def trading_day(now: datetime) -> ExchangeSessions:
    """Sessions of New York around `now`, the running one from two hours ago to four and a half from now."""
    running = SessionHours(
        date=f"{now:%Y-%m-%d}", opens=now - timedelta(hours=2), closes=now + timedelta(hours=4, minutes=30)
    )
    coming = SessionHours(
        date=f"{now + timedelta(days=1):%Y-%m-%d}",
        opens=running.opens + timedelta(days=1),
        closes=running.closes + timedelta(days=1),
    )
    return ExchangeSessions(
        exchange="XNYS", timezone="America/New_York", computed_at=now, phase=Session.OPEN, sessions=(running, coming)
    )


def quote(symbol: str, last: Decimal, at: datetime, **changes: Any) -> Quote:
    facts: dict[str, Any] = {
        "source_time": at,
        "receive_time": at,
        "provider": "demo",
        "session": Session.OPEN,
        "volume": Decimal(1_234_567),
    }
    prices: dict[str, Any] = {
        "bid": max(last - Decimal("0.02"), Decimal("0.01")),
        "ask": last + Decimal("0.03"),
        "last": last,
    }
    return Quote(symbol=symbol, **(facts | prices | changes))


def market(at: datetime, moved: Random | None = None) -> list[Quote]:
    """Quotes of all symbols; with `moved`, each up to one percent away from its first price."""
    factors = {symbol: Decimal(str(round(moved.uniform(0.99, 1.01), 4))) if moved else Decimal(1) for symbol in PRICES}
    return [
        quote(symbol, (Decimal(price) * factors[symbol]).quantize(Decimal("0.01")), at)
        for symbol, price in PRICES.items()
    ]


def bars(
    symbol: str, interval: str, length: timedelta, *, end: datetime, count: int, without: Sequence[int] = ()
) -> list[Bar]:
    """Bars of a seeded walk that ends at `end` at the symbol's price; those at the indices `without` are left out."""
    walk = Random(symbol)  # noqa: S311 - prices of a test, not cryptography
    edges = [float(PRICES.get(symbol, "100"))]
    for _ in range(count):
        edges.insert(0, edges[0] / (1 + walk.gauss(0, 0.006)))
    made = [
        _bar(symbol, interval, end - length * (count - index), length, edges[index], edges[index + 1], walk)
        for index in range(count)
    ]
    return [bar for index, bar in enumerate(made) if index not in without]


def _bar(
    symbol: str, interval: str, start: datetime, length: timedelta, opening: float, closing: float, walk: Random
) -> Bar:
    return Bar(
        symbol=symbol,
        interval=interval,
        start=start,
        end=start + length,
        open=_cents(opening),
        high=_cents(max(opening, closing) * (1 + abs(walk.gauss(0, 0.003))) + 0.01),
        low=_cents(min(opening, closing) * (1 - abs(walk.gauss(0, 0.003))) - 0.01),
        close=_cents(closing),
        volume=Decimal(walk.randint(100_000, 900_000)),
        provider="demo",
    )


def _cents(price: float) -> Decimal:
    return Decimal(str(round(price, 2)))


def now() -> datetime:
    return datetime.now(UTC)
