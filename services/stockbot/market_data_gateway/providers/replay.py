"""Real prices of the past played again as a source of prices: marked as simulated, at any speed.

Market time is start + (now - began) x speed, so files, start, speed and `began` fix every quote. A quote inside a bar
follows the path of `stockbot.model.bar_path`. Nothing after the market time is ever given away.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment, Bar, Quote, Session
from stockbot.market_data_gateway.providers.protocol import QuotesAnswer, UnsupportedRequest
from stockbot.market_data_gateway.replay_series import Series
from stockbot.model import bar_building, bar_path, intervals
from stockbot.runtime.clock import Clock


class ReplayProvider:
    """Plays `series` from `start` on, `speed` times as fast as the clock, which read `began` at the start.

    Without `start` it begins where all symbols have prices, or at the oldest bar if they never do. It ends with the
    first series to end; then `loop` begins again, and without it every symbol stands still: its last close is given
    as a stale quote of an unknown session, and the reason is among those refused.
    """

    simulated = True
    batch = 1000

    def __init__(
        self,
        *,
        name: str,
        series: Mapping[str, Series],
        clock: Clock,
        began: datetime,
        speed: Decimal = Decimal(1),
        start: date | None = None,
        loop: bool = True,
    ) -> None:
        self.name = name
        self._series = series
        self._clock = clock
        self._began = began
        self._speed = float(speed)
        self._loop = loop
        self.start = _beginning(series, start)
        self.end = min(one.end for one in series.values() if one.end > self.start)
        self._starts = {symbol: [bar.start for bar in one.bars] for symbol, one in series.items()}
        self._traded = {symbol: _traded_before(one) for symbol, one in series.items()}

    def market_time(self, now: datetime) -> datetime:
        passed = (now - self._began) * self._speed
        return self.start + (passed % (self.end - self.start) if self._loop else passed)

    def adjustments(self, symbol: str, interval: str) -> tuple[Adjustment, ...]:
        return (self._series[symbol].adjustment,) if symbol in self._series else ()

    async def quotes(self, symbols: Sequence[str]) -> QuotesAnswer:
        now = self._clock.now()
        at = self.market_time(now)
        reasons = {symbol: self._obstacle(symbol, at) for symbol in symbols}
        return QuotesAnswer(
            quotes=tuple(self._quote(symbol, at, now) for symbol in symbols if self._has_begun(symbol, at)),
            refused={symbol: reason for symbol, reason in reasons.items() if reason is not None},
        )

    async def bars(
        self, symbol: str, interval: str, start: datetime, end: datetime, adjustment: Adjustment
    ) -> tuple[Bar, ...]:
        """Return the bars completed at the market time; longer intervals than the file's are made from its bars.

        Raises UnsupportedRequest for a symbol, a shorter interval or an adjustment that the files do not have.
        """
        self._check(symbol, interval, adjustment)
        series, until = self._series[symbol], self.market_time(self._clock.now())
        margin = intervals.LENGTHS[interval]  # a long bar starts before the first short one in [start, end)
        first = bisect_left(self._starts[symbol], start - margin)
        last = bisect_left(self._starts[symbol], end + margin)
        bars: Sequence[Bar] = [bar for bar in series.bars[first:last] if bar.end <= until]
        if interval != series.interval:
            bars = bar_building.aggregate(bars, interval, series.hours, until)
        return tuple(bar for bar in bars if start <= bar.start < end and bar.complete)

    async def close(self) -> None:
        """Nothing is open."""

    def _has_begun(self, symbol: str, at: datetime) -> bool:
        return symbol in self._series and self._series[symbol].start <= at

    def _obstacle(self, symbol: str, at: datetime) -> str | None:
        """Say why there is no quote, or only one that stands still."""
        if symbol not in self._series:
            return f"the replayed files hold no {symbol}; they hold {', '.join(sorted(self._series))}"
        if at < self._series[symbol].start:
            return f"its first replayed bar starts at {_minute(self._series[symbol].start)}; it is {_minute(at)}"
        if at >= self.end:
            return f"the replay ended at {_minute(self.end)}; switch loop on or start earlier"
        if at >= self._series[symbol].end:
            return f"its last replayed bar ended at {_minute(self._series[symbol].end)}; start earlier"
        return None

    def _quote(self, symbol: str, at: datetime, now: datetime) -> Quote:
        """Return the quote of a symbol that has begun, at the market time `at`."""
        series = self._series[symbol]
        over = at >= min(series.end, self.end)
        at = min(at, self.end)
        index = bisect_right(self._starts[symbol], at) - 1
        bar, traded = series.bars[index], self._traded[symbol][index]
        moment = min(at, bar.end)
        volume = bar_path.volume_at(bar, moment)
        return Quote(
            symbol=symbol,
            last=bar_path.price_at(bar, moment),
            volume=None if volume is None else traded + volume,
            source_time=moment,
            receive_time=now,
            provider=self.name,
            stale=over,
            session=Session.UNKNOWN if over else series.hours.phase(at),
        )

    def _check(self, symbol: str, interval: str, adjustment: Adjustment) -> None:
        series = self._series.get(symbol)
        if series is None:
            raise UnsupportedRequest(f"the replayed files hold no {symbol}")
        longer = [name for name, length in intervals.LENGTHS.items() if length >= intervals.LENGTHS[series.interval]]
        if interval not in longer:
            raise UnsupportedRequest(f"replay has bars of {', '.join(longer)} for {symbol}, not of {interval!r}")
        if adjustment is not series.adjustment:
            raise UnsupportedRequest(
                f"the replayed bars of {symbol} are {series.adjustment.value}, not {adjustment.value}"
            )


def _beginning(series: Mapping[str, Series], start: date | None) -> datetime:
    if not series:
        raise ConfigurationError("a replay needs at least one file with prices")
    if start is not None:
        return _first_bar(series, start)
    shared = max(one.start for one in series.values())
    together = shared < min(one.end for one in series.values())
    return shared if together else min(one.start for one in series.values())


def _first_bar(series: Mapping[str, Series], start: date) -> datetime:
    midnight = datetime.combine(start, time(), UTC)
    coming = [bar.start for one in series.values() for bar in _from(one, midnight)[:1]]
    if not coming:
        latest = max(one.end for one in series.values())
        raise ConfigurationError(
            f"replay cannot start on {start}: its last bar ends at {_minute(latest)}; start earlier"
        )
    return min(coming)


def _from(series: Series, at: datetime) -> Sequence[Bar]:
    return series.bars[bisect_left(series.bars, at, key=lambda bar: bar.start) :]


def _traded_before(series: Series) -> list[Decimal]:
    """Return for each bar the shares traded in its session before it."""
    totals, running, session = [], Decimal(0), None
    for bar in series.bars:
        current = series.hours.latest(bar.end - timedelta(microseconds=1))
        running = running if current == session else Decimal(0)
        totals.append(running)
        running, session = running + (bar.volume or 0), current
    return totals


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
