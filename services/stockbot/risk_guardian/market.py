"""The market as one batch of decisions sees it: what was known at one moment, and what follows from it. Pure.

A quote of a simulated provider speaks for its own market: its session and its clock count, so a demo market trades
round the clock and a replay in its own time. Every other symbol follows its exchange. Unknown is closed.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from stockbot.events.envelope import Name, Symbol, Time
from stockbot.events.market import ExchangeSessions, Quote, Session
from stockbot.model.risk.inputs import Health, Instrument
from stockbot.model.risk.session_day import session_date

EXTENDED = (Session.PRE, Session.POST)


class Listing(Struct, frozen=True, kw_only=True):
    """A symbol that the gateway has: its exchange, and the shares traded on an average day as of some moment."""

    symbol: Symbol
    exchange: Name
    average_volume: Decimal | None = None
    volume_as_of: Time | None = None


class Market(Struct, frozen=True, kw_only=True):
    """Quotes and listings by symbol, sessions by exchange; `heard_at` is when market data last came."""

    now: datetime
    quotes: Mapping[str, Quote] = {}
    listings: Mapping[str, Listing] = {}
    sessions: Mapping[str, ExchangeSessions] = {}
    simulated: frozenset[str] = frozenset()
    heard_at: datetime | None = None
    silent: tuple[str, ...] = ()

    @property
    def health(self) -> Health:
        return Health(market_data_at=self.heard_at, silent=self.silent)

    def marks(self) -> dict[str, Decimal]:
        """The last price of every symbol, fresh or not."""
        return {symbol: quote.mark for symbol, quote in self.quotes.items()}

    def instrument(self, symbol: str) -> Instrument | None:
        """How the symbol is traded; None for one that the gateway does not have."""
        listing = self.listings.get(symbol)
        return None if listing is None else Instrument(symbol=symbol, average_volume=listing.average_volume)

    def time_of(self, symbol: str) -> datetime:
        """The time in the symbol's market: now, but in a simulated one as long after its quote as that came ago."""
        quote = self.quotes.get(symbol)
        if quote is None or not self._is_simulated(quote):
            return self.now
        return quote.source_time + (self.now - quote.receive_time)

    def sessions_of(self, symbol: str) -> ExchangeSessions | None:
        """The sessions that an order in the symbol is judged by; None where they are not known, which is closed."""
        quote, listing = self.quotes.get(symbol), self.listings.get(symbol)
        exchange = None if listing is None else self.sessions.get(listing.exchange)
        if quote is None or not self._is_simulated(quote):
            return exchange
        if quote.session is Session.OPEN:
            return _always_open(quote)
        return exchange if quote.session in EXTENDED else None

    def session_date(self) -> str | None:
        """The day that losses are counted over: the session's date at the exchange with most of the symbols."""
        exchanges = Counter(listing.exchange for listing in self.listings.values())
        if not exchanges:
            return None
        main = min(exchanges, key=lambda name: (-exchanges[name], name))
        return session_date(self.sessions[main], self.now) if main in self.sessions else None

    def _is_simulated(self, quote: Quote) -> bool:
        return quote.provider in self.simulated


def _always_open(quote: Quote) -> ExchangeSessions:
    return ExchangeSessions(
        exchange=quote.provider, timezone="UTC", computed_at=quote.receive_time, phase=Session.OPEN, always_open=True
    )
