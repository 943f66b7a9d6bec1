"""All that the console knows, and how a tick or the gateway's answers change it. Pure; the board keeps it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.market import ExchangeSessions, MarketData, Quote
from stockbot_console.answers import Failure, Listing, Provider, Reach
from stockbot_console.market import Track, follow
from stockbot_console.view_models.lights import Pulse
from stockbot_console.view_models.market_clock import session_opened

NOT_ASKED = Failure(reason="The gateway has not been asked yet.", remedy="")


class State(Struct, frozen=True, kw_only=True):
    """Tracks and exchanges by symbol; `trouble` is None while the bus answers, else the reason in words."""

    pulse: Pulse
    tracks: Mapping[str, Track] = {}
    trouble: str | None = "not connected to the bus yet"
    reach: Reach | None = None
    exchange_of: Mapping[str, str] = {}
    exchanges: Mapping[str, ExchangeSessions] = {}
    providers: tuple[Provider, ...] | Failure = NOT_ASKED

    def hours_of(self, symbol: str) -> ExchangeSessions | None:
        """The sessions of the symbol's exchange; None where the gateway has not named them."""
        return self.exchanges.get(self.exchange_of.get(symbol, ""))

    @property
    def main_exchange(self) -> ExchangeSessions | None:
        """The exchange of most symbols: the one whose clock is shown."""
        ranking = Counter(self.exchange_of.values()).most_common()
        return next((self.exchanges[name] for name, _ in ranking if name in self.exchanges), None)


class Answers(Struct, frozen=True, kw_only=True):
    """One round of questions to the gateway."""

    reach: Reach
    quotes: tuple[Quote, ...] | Failure
    providers: tuple[Provider, ...] | Failure
    listings: tuple[Listing, ...] | Failure
    exchanges: tuple[ExchangeSessions, ...] | Failure


def after_tick(state: State, event: MarketData, now: datetime) -> State:
    pulse = replace(state.pulse, last_tick_at=now, interval_seconds=event.data.interval_seconds)
    return replace(state, pulse=pulse, tracks=_followed(state, event.data.quotes, now))


def after_answers(state: State, answers: Answers, now: datetime) -> State:
    """Take over what was answered; where the gateway was silent, what was known before stays."""
    known = replace(state, reach=answers.reach, providers=answers.providers)
    if not isinstance(answers.listings, Failure):
        known = replace(known, exchange_of={listing.symbol: listing.exchange for listing in answers.listings})
    if not isinstance(answers.exchanges, Failure):
        known = replace(known, exchanges={hours.exchange: hours for hours in answers.exchanges})
    quotes = () if isinstance(answers.quotes, Failure) else answers.quotes
    return replace(known, tracks=_followed(known, quotes, now))


def _followed(state: State, quotes: Iterable[Quote], now: datetime) -> Mapping[str, Track]:
    changed = {
        quote.symbol: follow(state.tracks.get(quote.symbol), quote, session_opened(state.hours_of(quote.symbol), now))
        for quote in quotes
    }
    return {**state.tracks, **changed}
