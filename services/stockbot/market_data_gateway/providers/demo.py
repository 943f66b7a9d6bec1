"""The demo market as a source of prices: made up, reproducible, and marked as simulated everywhere."""

from collections.abc import Callable, Sequence
from datetime import datetime

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment, Bar, Quote
from stockbot.market_data_gateway.providers.protocol import QuotesAnswer, UnsupportedRequest
from stockbot.model import intervals
from stockbot.model.demo_market import DemoBar, DemoMarket
from stockbot.model.symbols import RULE, is_symbol
from stockbot.model.trading_hours import TradingHours
from stockbot.runtime.clock import Clock

MOST_BARS = 20_000  # in one answer: they are computed while everybody else waits


class DemoProvider:
    """`hours_of` gives the hours of a symbol: round the clock, or those of its exchange.

    Outside the sessions the price stands still at the last close. Bars are those completed now.
    """

    simulated = True
    batch = 1000

    def __init__(self, *, name: str, market: DemoMarket, hours_of: Callable[[str], TradingHours], clock: Clock) -> None:
        self.name = name
        self._market = market
        self._hours_of = hours_of
        self._clock = clock

    def market_time(self, now: datetime) -> datetime:
        return now

    def adjustments(self, symbol: str, interval: str) -> tuple[Adjustment, ...]:
        return tuple(Adjustment)

    async def quotes(self, symbols: Sequence[str]) -> QuotesAnswer:
        now = self._clock.now()
        found = {symbol: self._quote(symbol, now) for symbol in symbols}
        return QuotesAnswer(
            quotes=tuple(quote for quote in found.values() if isinstance(quote, Quote)),
            refused={symbol: reason for symbol, reason in found.items() if isinstance(reason, str)},
        )

    async def bars(
        self, symbol: str, interval: str, start: datetime, end: datetime, adjustment: Adjustment
    ) -> tuple[Bar, ...]:
        """Return the bars; UnsupportedRequest for a bad symbol or interval, and for more than MOST_BARS.

        A made-up share never splits and pays no dividend, so its prices are the same under every adjustment.
        """
        now = self._clock.now()
        self._check(symbol, interval, start, min(end, now))
        made = self._market.bars(symbol, interval, start, min(end, now), self._hours_of(symbol))
        return tuple(self._bar(symbol, interval, adjustment, bar) for bar in made if bar.end <= now)

    async def close(self) -> None:
        """Nothing is open."""

    def _quote(self, symbol: str, now: datetime) -> Quote | str:
        if not is_symbol(symbol):
            return _bad(symbol)
        made = self._market.quote(symbol, now, self._hours_of(symbol))
        if made is None:
            return "its exchange has no session that is known and has begun"
        return Quote(
            symbol=symbol,
            bid=made.bid,
            ask=made.ask,
            last=made.last,
            volume=made.volume,
            source_time=made.at,
            receive_time=now,
            provider=self.name,
            session=made.session,
        )

    def _check(self, symbol: str, interval: str, start: datetime, end: datetime) -> None:
        if not is_symbol(symbol):
            raise UnsupportedRequest(_bad(symbol))
        try:
            length = intervals.length_of(interval)
        except ConfigurationError as error:
            raise UnsupportedRequest(str(error)) from error
        if (end - start) / length > MOST_BARS:
            raise UnsupportedRequest(
                f"{start} to {end} may hold more than {MOST_BARS} bars of {interval}: ask for less at once"
            )

    def _bar(self, symbol: str, interval: str, adjustment: Adjustment, bar: DemoBar) -> Bar:
        return Bar(
            symbol=symbol,
            interval=interval,
            start=bar.start,
            end=bar.end,
            open=bar.open,
            high=bar.high,
            low=bar.low,
            close=bar.close,
            volume=bar.volume,
            adjustment=adjustment,
            provider=self.name,
        )


def _bad(symbol: str) -> str:
    return f"{symbol[:40]!r} is no symbol: use {RULE}"
