"""Reading Alpha Vantage's answers: refusals that arrive with HTTP 200, quotes and bars. Pure.

Used by its provider.

The shapes are those of Alpha Vantage's API documentation (GLOBAL_QUOTE, REALTIME_BULK_QUOTES,
TIME_SERIES_DAILY, TIME_SERIES_INTRADAY). Its prices are texts with four decimal places and are taken exactly
as they are.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stockbot.events.market import Adjustment, Bar, Quote
from stockbot.market_data_gateway.providers import fields
from stockbot.market_data_gateway.providers.http import quoted
from stockbot.market_data_gateway.providers.protocol import (
    AccessRefused,
    MalformedAnswer,
    ProviderError,
    ProviderThrottled,
    QuotesAnswer,
    UnsupportedRequest,
)

NEW_YORK, _UTC = ZoneInfo("America/New_York"), ZoneInfo("UTC")
PLACES = 4
DELAY = timedelta(minutes=15)
US_OPEN, US_CLOSE = time(9, 30), time(16, 0)
_PREMIUM = re.compile(r"is a premium|not (yet )?entitled|demo purposes", re.IGNORECASE)
_BURST = re.compile(r"per second|per-second|burst", re.IGNORECASE)
_MINUTE = re.compile(r"per minute", re.IGNORECASE)
_DAY = re.compile(r"per day|daily", re.IGNORECASE)
_BURST_SECONDS, _MINUTE_SECONDS = 2.0, 60.0

Prices = Mapping[str, object]


class NotInPlan(UnsupportedRequest):
    """The key is good, and its plan does not hold this function or this right."""


def body(answer: object, now: datetime) -> Prices:
    """Return the object of the answer; raises what its `Note`, `Information` or `Error Message` means."""
    try:
        fields_of = fields.mapping(answer, "its answer")
    except ValueError as error:
        raise MalformedAnswer(str(error)) from None
    for name in ("Error Message", "Note", "Information"):
        if name in fields_of:
            raise said(str(fields_of[name]), now)
    return fields_of


def said(words: str, now: datetime) -> ProviderError:
    """Return the error that a message of Alpha Vantage in an HTTP 200 means. `now` is UTC."""
    told = f"it says: {quoted(words)}"
    if "apikey" in words and ("invalid" in words or "missing" in words):
        return AccessRefused(told)
    if "Invalid API call" in words:
        return UnsupportedRequest(told)
    if _PREMIUM.search(words):
        return NotInPlan(told)
    return ProviderThrottled(told, retry_after=patience(words, now))


def patience(words: str, now: datetime) -> float:
    """Seconds to wait after a throttling text. It may name several limits.

    The shortest one is the one tried.
    """
    if _BURST.search(words):
        return _BURST_SECONDS
    if _DAY.search(words) and not _MINUTE.search(words):
        return until_next_day(now)
    return _MINUTE_SECONDS


def until_next_day(now: datetime) -> float:
    """Seconds until the day's quota may be new again.

    Alpha Vantage does not say in which time zone its day ends: the next midnight in UTC or in New York,
    whichever is sooner. At worst one request is answered with the same text again.
    """
    return min((_next_midnight(now, zone) - now).total_seconds() for zone in (_UTC, NEW_YORK))


def global_quote(answer: Prices, symbol: str, *, provider: str, now: datetime) -> QuotesAnswer:
    """One quote, delayed by 15 minutes or of the last close; an unknown symbol comes as an empty object."""
    try:
        quote = _global_quote(answer, symbol, provider=provider, now=now)
    except ValueError as error:
        return QuotesAnswer(quotes=(), refused={symbol: quoted(str(error))})
    return QuotesAnswer(quotes=(quote,), refused={})


def bulk_quotes(answer: Prices, symbols: tuple[str, ...], *, provider: str, now: datetime) -> QuotesAnswer:
    """Quotes of many symbols; each bad one is refused alone.

    A key without this right is answered with sample prices and a message that is not "success":
    AccessRefused.
    """
    if answer.get("message") != "success":
        raise AccessRefused(f"it does not vouch for these prices: {quoted(str(answer.get('message')))}")
    rows = _by_symbol(answer.get("data"))
    quotes, refused = [], {}
    for symbol in symbols:
        try:
            quotes.append(_bulk_quote(symbol, rows, provider=provider, now=now))
        except ValueError as error:
            refused[symbol] = quoted(str(error))
    return QuotesAnswer(quotes=tuple(quotes), refused=refused)


def bars(answer: Prices, read: Callable[[str, Prices], Bar]) -> tuple[Bar, ...]:
    """All bars of a time series, oldest first; MalformedAnswer names the first that cannot be read."""
    try:
        name = next((name for name in answer if name.startswith("Time Series")), "Time Series")
        series = fields.mapping(answer.get(name), name)
        read_bars = [read(key, fields.mapping(row, f"the bar of {key}")) for key, row in series.items()]
    except ValueError as error:
        raise MalformedAnswer(quoted(str(error))) from None
    return tuple(sorted(read_bars, key=lambda bar: bar.start))


def daily_bar(key: str, row: Prices, *, symbol: str, provider: str, now: datetime) -> Bar:
    """Return the raw bar of one trading day; ValueError.

    It runs over the regular hours in New York. A symbol with a suffix (TSCO.LON) trades elsewhere, at hours
    that are not known here: its bar runs over the whole day in UTC.
    """
    if "." in symbol:
        start = fields.local_time(key, "the day", _UTC)
        end = start + timedelta(days=1)
    else:
        start = fields.local_time(f"{key} {US_OPEN}", "the day", NEW_YORK)
        end = fields.local_time(f"{key} {US_CLOSE}", "the day", NEW_YORK)
    return _bar(
        row,
        symbol=symbol,
        interval="1d",
        start=start,
        end=end,
        adjustment=Adjustment.RAW,
        provider=provider,
        now=now,
    )


def intraday_bar(
    key: str,
    row: Prices,
    *,
    symbol: str,
    interval: str,
    length: timedelta,
    adjustment: Adjustment,
    provider: str,
    now: datetime,
) -> Bar:
    """One bar from its start in New York, `2026-03-02 15:55:00`; ValueError."""
    start = fields.local_time(key, "the time", NEW_YORK)
    return _bar(
        row,
        symbol=symbol,
        interval=interval,
        start=start,
        end=start + length,
        adjustment=adjustment,
        provider=provider,
        now=now,
    )


def _global_quote(answer: Prices, symbol: str, *, provider: str, now: datetime) -> Quote:
    name = next((name for name in answer if name.startswith("Global Quote")), "Global Quote")
    quote = fields.mapping(answer.get(name), name)
    if not quote:
        raise fields.FieldError(f"it knows no symbol {symbol}")
    at = _price_time(quote.get("07. latest trading day"), symbol, now - DELAY)
    last, volume = quote.get("05. price"), quote.get("06. volume")
    return _quote(symbol, last, volume, at, provider=provider, now=now, delayed=True)


def _bar(
    row: Prices,
    *,
    symbol: str,
    interval: str,
    start: datetime,
    end: datetime,
    adjustment: Adjustment,
    provider: str,
    now: datetime,
) -> Bar:
    return Bar(
        symbol=symbol,
        interval=interval,
        start=start,
        end=end,
        open=fields.price(row.get("1. open"), "open", PLACES),
        high=fields.price(row.get("2. high"), "high", PLACES),
        low=fields.price(row.get("3. low"), "low", PLACES),
        close=fields.price(row.get("4. close"), "close", PLACES),
        volume=fields.optional_quantity(row.get("5. volume")),
        adjustment=adjustment,
        provider=provider,
        complete=end <= now,
    )


def _bulk_quote(symbol: str, rows: Mapping[str, Prices], *, provider: str, now: datetime) -> Quote:
    if symbol not in rows:
        raise fields.FieldError(f"it knows no symbol {symbol}")
    row = rows[symbol]
    at = fields.local_time(row.get("timestamp"), "timestamp", NEW_YORK)
    return _quote(symbol, row.get("close"), row.get("volume"), at, provider=provider, now=now, delayed=False)


def _quote(
    symbol: str, last: object, volume: object, at: datetime, *, provider: str, now: datetime, delayed: bool
) -> Quote:
    return Quote(
        symbol=symbol,
        last=fields.price(last, "price", PLACES),
        volume=fields.optional_quantity(volume),
        source_time=at,
        receive_time=now,
        provider=provider,
        delayed=delayed,
    )


def _price_time(day: object, symbol: str, latest: datetime) -> datetime:
    """Return the time of a price of which only the trading day is known: never later than it can be.

    For a US listing the close in New York, or `latest` before it. A suffix (TSCO.LON) is another exchange,
    whose hours are not known here: the start of that day.
    """
    on = fields.local_time(day, "latest trading day", _UTC)
    if "." in symbol:
        return on
    return min(datetime.combine(on.date(), US_CLOSE, NEW_YORK).astimezone(UTC), latest)


def _by_symbol(rows: object) -> dict[str, Prices]:
    try:
        return {str(row["symbol"]): row for row in _objects(fields.sequence(rows, "data")) if "symbol" in row}
    except ValueError as error:
        raise MalformedAnswer(str(error)) from None


def _objects(rows: list[object]) -> Iterator[Prices]:
    return (fields.mapping(row, "a row") for row in rows if isinstance(row, dict))


def _next_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone)
