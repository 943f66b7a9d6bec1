"""Reading Yahoo's answers into quotes and bars. Pure; used by the Yahoo provider.

Yahoo documents none of this; the shapes are those of its quote (v7) and chart (v8) endpoints as its own pages
use them. Its prices are floats (134.9600067138672): they are rounded to the decimal places that Yahoo names
as `priceHint`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from stockbot.events.market import Adjustment, Bar, Quote
from stockbot.market_data_gateway.providers import fields
from stockbot.market_data_gateway.providers.fields import FieldError
from stockbot.market_data_gateway.providers.http import quoted
from stockbot.market_data_gateway.providers.protocol import MalformedAnswer, QuotesAnswer, UnsupportedRequest
from stockbot.model import intervals

PLACES = 2
_PRICES = ("open", "high", "low", "close")
_DAY = timedelta(days=1)

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class BarsAnswer:
    """Bars oldest first, and in words each row that was left out because it cannot be true."""

    bars: tuple[Bar, ...]
    left_out: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Series:
    """What is the same for all bars of one chart. `opens` and `hours` are those of a regular session."""

    symbol: str
    interval: str
    adjustment: Adjustment
    provider: str
    places: int
    zone: ZoneInfo
    opens: time
    hours: timedelta
    now: datetime


def quotes(answer: object, symbols: Sequence[str], *, provider: str, now: datetime) -> QuotesAnswer:
    """Return the quotes of a v7 answer.

    Every symbol that it lacks or garbles is refused alone, with the reason.
    """
    rows = {str(row.get("symbol")): row for row in _results(answer, "quoteResponse")}
    found, refused = [], {}
    for symbol in symbols:
        try:
            found.append(_quote(rows.get(symbol.upper()), symbol, provider=provider, now=now))
        except ValueError as error:
            refused[symbol] = quoted(str(error))
    return QuotesAnswer(quotes=tuple(found), refused=refused)


def chart_quote(answer: object, symbol: str, *, provider: str, now: datetime) -> QuotesAnswer:
    """Return the quote in the head of a v8 chart; it does not say how late it is, so it counts as delayed."""
    try:
        quote = _quote(_meta(_chart(answer)), symbol, provider=provider, now=now)
    except ValueError as error:
        return QuotesAnswer(quotes=(), refused={symbol: quoted(str(error))})
    return QuotesAnswer(quotes=(quote,), refused={})


def bars(
    answer: object, *, symbol: str, interval: str, adjustment: Adjustment, provider: str, now: datetime
) -> BarsAnswer:
    """Return the bars of a v8 chart. A row of nulls is Yahoo's way to say that nothing traded."""
    try:
        chart = _chart(answer)
        series = _series(_meta(chart), symbol, interval, adjustment, provider, now)
        rows = _rows(chart)
    except ValueError as error:
        raise MalformedAnswer(quoted(str(error))) from None
    found, left_out = [], []
    for row in rows:
        try:
            found.append(_bar(row, series))
        except ValueError as error:
            left_out.append(quoted(str(error)))
    return BarsAnswer(tuple(sorted(found, key=lambda bar: bar.start)), tuple(left_out))


def _quote(row: Row | None, symbol: str, *, provider: str, now: datetime) -> Quote:
    if row is None:
        raise FieldError(f"it does not know the symbol {symbol}, or left it out")
    places = fields.places(row.get("priceHint"), PLACES)
    bid, ask = _spread(row, places)
    return Quote(
        symbol=symbol,
        bid=bid,
        ask=ask,
        last=fields.price(row.get("regularMarketPrice"), "regularMarketPrice", places),
        volume=fields.optional_quantity(row.get("regularMarketVolume")),
        source_time=fields.epoch(row.get("regularMarketTime"), "regularMarketTime"),
        receive_time=now,
        provider=provider,
        delayed=row.get("exchangeDataDelayedBy") != 0,
    )


def _spread(row: Row, places: int) -> tuple[Decimal, Decimal] | tuple[None, None]:
    """Return bid and ask; Yahoo writes zero, or a crossed pair, where there is no market: then neither."""
    try:
        bid = fields.price(row.get("bid"), "bid", places)
        ask = fields.price(row.get("ask"), "ask", places)
    except ValueError:
        return None, None
    return (bid, ask) if bid <= ask else (None, None)


def _bar(row: Row, series: _Series) -> Bar:
    start, end = _span(row, series)
    factor = _factor(row, series)
    prices = {name: fields.price(row[name], name, series.places, factor) for name in _PRICES}
    return Bar(
        symbol=series.symbol,
        interval=series.interval,
        start=start,
        end=end,
        **prices,
        volume=fields.optional_quantity(row["volume"]),
        adjustment=series.adjustment,
        provider=series.provider,
        complete=end <= series.now,
    )


def _span(row: Row, series: _Series) -> tuple[datetime, datetime]:
    """Return the bar's time. Yahoo stamps the running day with its last trade.

    A day is put on its session.
    """
    at = fields.epoch(row["timestamp"], "timestamp")
    if series.interval == intervals.DAY:
        opens = datetime.combine(at.astimezone(series.zone).date(), series.opens, series.zone).astimezone(UTC)
        return opens, opens + series.hours
    if at != intervals.floor(at, series.interval):
        raise FieldError(f"the row of {at.isoformat()} is the last trade, not a bar")
    return at, at + series.hours


def _factor(row: Row, series: _Series) -> Decimal:
    """Return what adjusts a day's prices for dividends: Yahoo gives the adjusted close beside the close."""
    if series.adjustment is Adjustment.SPLITS:
        return Decimal(1)
    adjusted, close = (fields.price(row[name], name, fields.FINEST_PLACES) for name in ("adjclose", "close"))
    return adjusted / close


def _series(meta: Row, symbol: str, interval: str, adjustment: Adjustment, provider: str, now: datetime) -> _Series:
    granularity = meta.get("dataGranularity")
    if granularity != interval:
        raise FieldError(f"it sent bars of {granularity} instead of {interval}")
    zone = _zone(meta.get("exchangeTimezoneName"))
    opens, hours = _regular_hours(meta, zone) if interval == intervals.DAY else (time(), intervals.LENGTHS[interval])
    places = fields.places(meta.get("priceHint"), PLACES)
    return _Series(symbol, interval, adjustment, provider, places, zone, opens, hours, now)


def _regular_hours(meta: Row, zone: ZoneInfo) -> tuple[time, timedelta]:
    """Return when the exchange opens, local time, and for how long.

    The whole day where Yahoo gives no hours.
    """
    period = fields.mapping(meta.get("currentTradingPeriod"), "currentTradingPeriod")
    regular = fields.mapping(period.get("regular"), "the regular period")
    opens, closes = fields.epoch(regular.get("start"), "start"), fields.epoch(regular.get("end"), "end")
    if not timedelta() < closes - opens <= _DAY:
        return time(), _DAY
    return opens.astimezone(zone).time(), closes - opens


def _zone(name: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(name))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise FieldError(f"exchangeTimezoneName is {quoted(str(name))}, not a time zone") from None


def _rows(chart: Row) -> list[Row]:
    """Return the rows of the chart's columns, without those in which nothing traded."""
    times = fields.sequence(chart.get("timestamp", []), "timestamp")
    indicators = fields.mapping(chart.get("indicators"), "indicators")
    columns = _first(indicators, "quote")
    adjusted = _first(indicators, "adjclose").get("adjclose") if "adjclose" in indicators else None
    named = {"timestamp": times, "adjclose": adjusted} | {name: columns.get(name) for name in (*_PRICES, "volume")}
    aligned = {name: _column(column, name, len(times)) for name, column in named.items()}
    rows = [{name: column[n] for name, column in aligned.items()} for n in range(len(times))]
    return [row for row in rows if any(row[name] is not None for name in _PRICES)]


def _column(column: object, name: str, length: int) -> list[object]:
    """Return a column as long as the chart; a missing one is a column of nulls."""
    nulls: list[object] = [None] * length
    values = nulls if column is None else fields.sequence(column, name)
    if len(values) != length:
        raise FieldError(f"{name} has {len(values)} rows, not {length}")
    return values


def _first(indicators: Row, name: str) -> Row:
    column = fields.sequence(indicators.get(name), name)
    return fields.mapping(column[0] if column else None, name)


def _meta(chart: Row) -> Row:
    return fields.mapping(chart.get("meta"), "meta")


def _chart(answer: object) -> Row:
    charts = _results(answer, "chart")
    if not charts:
        raise FieldError("the chart is empty")
    return charts[0]


def _results(answer: object, name: str) -> list[Row]:
    """Return the objects under `name` / `result`; UnsupportedRequest with Yahoo's own words for its error."""
    try:
        holder = fields.mapping(fields.mapping(answer, "its answer").get(name), name)
        if holder.get("error") is not None:
            raise UnsupportedRequest(f"it says: {quoted(str(holder['error']))}")
        results = fields.sequence(holder.get("result"), "result")
    except ValueError as error:
        raise MalformedAnswer(quoted(str(error))) from None
    return [cast("Row", row) for row in results if isinstance(row, dict)]
