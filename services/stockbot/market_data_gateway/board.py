"""The board: the last good quote of every symbol, growing stale where nothing newer comes. Pure.

The gateway puts each beat's outcome on it and publishes what stands there.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from stockbot.events.market import Quote, Session
from stockbot.model.freshness import FreshnessLimits, judged, staleness

MarketTime = Callable[[Quote, datetime], datetime]


class Board:
    """Quotes and, for symbols without a good one, the reason why.

    `market_time(quote, now)` is the time in the quote's market, for replayed prices another than now.
    """

    def __init__(self, symbols: Sequence[str], limits: FreshnessLimits, market_time: MarketTime) -> None:
        self.symbols = tuple(symbols)
        self.missing: dict[str, str] = dict.fromkeys(symbols, "no provider has answered yet")
        self._limits = limits
        self._market_time = market_time
        self._quotes: dict[str, Quote] = {}

    def put(
        self, quotes: Iterable[Quote], missing: Mapping[str, str], phases: Mapping[str, Session], now: datetime
    ) -> None:
        """Take a beat's outcome. An older price never replaces a newer one that is still fresh or of the same provider.

        `phases` gives the phase of each symbol's exchange, for providers that do not say it.
        """
        for quote in quotes:
            if not self._is_older(quote, now):
                self._quotes[quote.symbol] = _with_phase(quote, phases)
            self.missing.pop(quote.symbol, None)
        self.missing.update(missing)

    def quotes(self, now: datetime) -> tuple[Quote, ...]:
        """What stands on the board at `now`, each quote with its `stale` mark as of then."""
        return tuple(self._as_of(self._quotes[symbol], now) for symbol in self.symbols if symbol in self._quotes)

    def quote(self, symbol: str, now: datetime) -> Quote | None:
        known = self._quotes.get(symbol)
        return None if known is None else self._as_of(known, now)

    def why_stale(self, now: datetime) -> dict[str, str]:
        """For each symbol without a fresh quote at `now`: the reason in words."""
        return {symbol: reason for symbol in self.symbols if (reason := self._why_stale(symbol, now)) is not None}

    def _why_stale(self, symbol: str, now: datetime) -> str | None:
        known, said = self._quotes.get(symbol), self.missing.get(symbol)
        if known is None:
            return said or "no provider has answered yet"
        market_now = self._market_time(known, now)
        reason = staleness(known, now=now, market_now=market_now, limits=self._limits)
        reasons = [reason or ("its provider says that it is old" if known.stale else None), said]
        return "; ".join(filter(None, reasons)) if reasons[0] else None

    def _as_of(self, quote: Quote, now: datetime) -> Quote:
        """What its provider called stale stays so; everything else is judged."""
        if quote.stale:
            return quote
        return judged(quote, now=now, market_now=self._market_time(quote, now), limits=self._limits)

    def _is_older(self, quote: Quote, now: datetime) -> bool:
        """Another provider's price may be older than the one on the board only once that one is stale.

        A replay that begins again goes back in time: what it has not reached yet is no newer price.
        """
        known = self._quotes.get(quote.symbol)
        if known is None:
            return False
        if known.provider != quote.provider:
            return self._lag(quote, now) > self._lag(known, now) and not self._as_of(known, now).stale
        return quote.source_time < known.source_time <= self._market_time(known, now)

    def _lag(self, quote: Quote, now: datetime) -> timedelta:
        """How far the price is behind the time in its own market."""
        return self._market_time(quote, now) - quote.source_time


def _with_phase(quote: Quote, phases: Mapping[str, Session]) -> Quote:
    if quote.session is not Session.UNKNOWN or quote.stale:
        return quote
    return replace(quote, session=phases.get(quote.symbol, Session.UNKNOWN))
