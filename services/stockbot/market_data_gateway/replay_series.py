"""Rows of price files placed in time: one series of bars per symbol. Used by the replay provider.

A date becomes the session of that date, early closes included. A time becomes the start of a bar whose interval is
the smallest distance between the rows of its symbol.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment, Bar
from stockbot.market_data_gateway import replay_files, sessions
from stockbot.market_data_gateway.replay_files import Row
from stockbot.model import intervals
from stockbot.model.trading_hours import TradingHours

_DAY = timedelta(days=1)
_LONGEST_PAUSE = 4 * _DAY  # two rows of daily bars are no further apart, except around long holidays


class Series(Struct, frozen=True):
    """The bars of one symbol, oldest first, of one interval and one adjustment, with its exchange's sessions."""

    symbol: str
    interval: str
    adjustment: Adjustment
    bars: tuple[Bar, ...]
    hours: TradingHours

    @property
    def start(self) -> datetime:
        return self.bars[0].start

    @property
    def end(self) -> datetime:
        return self.bars[-1].end


def read_series(
    files: Sequence[str], *, provider: str, exchange_of: Callable[[str], str | None]
) -> Mapping[str, Series]:
    """Return the series of the symbols in the files: paths of files or folders, or `builtin:`.

    `exchange_of` gives a symbol's exchange, None for a symbol that nobody asked for and that is left out. `provider`
    is the name that the bars carry. Raises ConfigurationError that
    names file, line and column for what is wrong, also for a symbol that two files hold.
    """
    found: dict[str, Series] = {}
    for path in replay_files.find(files):
        for symbol, rows in _by_symbol(path).items():
            exchange = exchange_of(symbol)
            if exchange is None:
                continue
            if symbol in found:
                raise ConfigurationError(f"{rows[0].place}: {symbol} is in another file already; keep one of them")
            found[symbol] = _series(rows, provider, exchange)
    return found


def _by_symbol(path: Path) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for row in replay_files.read(path):
        rows.setdefault(row.symbol, []).append(row)
    return rows


def _series(rows: Sequence[Row], provider: str, exchange: str) -> Series:
    zone = sessions.time_zone(exchange, rows[0].when.date())
    starts = [_instant(row.when, zone) for row in rows]
    _check_order(rows, starts)
    _check_adjustment(rows)
    interval = _interval(rows, starts)
    hours = sessions.trading_hours(exchange, rows[0].when.date() - _DAY, rows[-1].when.date() + _DAY)
    daily = interval == intervals.DAY
    spans = _sessions(rows, hours, exchange) if daily else [(at, at + intervals.LENGTHS[interval]) for at in starts]
    bars = tuple(_bar(row, span, interval, provider) for row, span in zip(rows, spans, strict=True))
    return Series(rows[0].symbol, interval, rows[0].adjustment, bars, hours)


def _instant(when: datetime, zone: ZoneInfo) -> datetime:
    return (when if when.tzinfo else when.replace(tzinfo=zone)).astimezone(UTC)


def _check_order(rows: Sequence[Row], starts: Sequence[datetime]) -> None:
    for (before, at), row in zip(pairwise(starts), rows[1:], strict=True):
        if at == before:
            raise ConfigurationError(f"{row.place}: {row.symbol} has a second bar at {row.when}; keep one")
        if at < before:
            raise ConfigurationError(
                f"{row.place}: {row.symbol} at {row.when} comes after a later bar; sort the file by time, oldest first"
            )


def _check_adjustment(rows: Sequence[Row]) -> None:
    for row in rows:
        if row.adjustment is not rows[0].adjustment:
            raise ConfigurationError(
                f"{row.place}: column adjustment holds {row.adjustment.value!r} after {rows[0].adjustment.value!r}; "
                "one symbol needs one adjustment"
            )


def _interval(rows: Sequence[Row], starts: Sequence[datetime]) -> str:
    distance = min((later - at for at, later in pairwise(starts)), default=None)
    midnights = all(row.when.time() == datetime.min.time() for row in rows)
    if midnights and (distance is None or _DAY - timedelta(hours=1) <= distance <= _LONGEST_PAUSE):
        return intervals.DAY
    named = [name for name, length in intervals.LENGTHS.items() if length == distance and name != intervals.DAY]
    if not named:
        raise ConfigurationError(
            f"{rows[0].place}: {rows[0].symbol} has {f'bars {distance} apart' if distance else 'a single time'}, which "
            f"is no interval; right would be bars {', '.join(intervals.LENGTHS)} apart, days as plain dates"
        )
    return named[0]


def _sessions(rows: Sequence[Row], hours: TradingHours, exchange: str) -> list[tuple[datetime, datetime]]:
    first, last = rows[0].when.replace(tzinfo=UTC), rows[-1].when.replace(tzinfo=UTC)
    known = {session.date: session for session in hours.overlapping(first - _DAY, last + 2 * _DAY)}
    for row in rows:
        if row.when.date().isoformat() not in known:
            raise ConfigurationError(
                f"{row.place}: {row.when.date()} was no session of {exchange}; right would be one of its trading days"
            )
    dated = (known[row.when.date().isoformat()] for row in rows)
    return [(session.opens, session.closes) for session in dated]


def _bar(row: Row, span: tuple[datetime, datetime], interval: str, provider: str) -> Bar:
    return Bar(
        symbol=row.symbol,
        interval=interval,
        start=span[0],
        end=span[1],
        open=row.open,
        high=row.high,
        low=row.low,
        close=row.close,
        volume=row.volume,
        adjustment=row.adjustment,
        provider=provider,
    )
