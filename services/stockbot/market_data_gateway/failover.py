"""The prices of one symbol set from an ordered list of sources. Used by the gateway's service at every beat.

The first healthy source is asked; what it does not answer, the next one completes; a source that comes back
is preferred again. Every symbol without a quote has its reason in words, one per source. Simulated prices
never stand in for real ones: a list that holds both is refused at the start.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, takewhile

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment, Bar, Quote
from stockbot.market_data_gateway.provider_health import Healths
from stockbot.market_data_gateway.providers.protocol import (
    MalformedAnswer,
    ProviderError,
    ProviderUnavailable,
    QuotesAnswer,
    UnsupportedRequest,
)
from stockbot.market_data_gateway.sources import BarsQuery, Source
from stockbot.model import provider_choice
from stockbot.model.provider_choice import Ask, Candidate, Nobody
from stockbot.runtime.clock import Clock

YOUNG = timedelta(seconds=15)  # a paced source's last quote of this age is served again, before anyone else is asked
HISTORY_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchOutcome:
    """Good quotes in the order asked, and for every other symbol why there is none."""

    quotes: tuple[Quote, ...]
    missing: Mapping[str, str]


@dataclass
class _Round:
    """What one fetch knows so far: quotes, and per symbol and source why it gave none."""

    symbols: Sequence[str]
    quotes: dict[str, Quote] = field(default_factory=dict)
    reasons: dict[str, dict[str, str]] = field(default_factory=dict)
    kept: dict[str, dict[str, Quote]] = field(default_factory=dict)  # young ones, per source
    deadlines: dict[str, float] = field(default_factory=dict)

    def open_for(self, source: str) -> list[str]:
        """Return the symbols still without a quote about which this source has not been heard."""
        return [s for s in self.symbols if s not in self.quotes and source not in self.reasons.get(s, {})]

    def close(self, source: str, symbols: Sequence[str], reason: str) -> None:
        for symbol in symbols:
            self.reasons.setdefault(symbol, {})[source] = reason

    def take(self, source: str, symbols: Sequence[str], answer: QuotesAnswer) -> None:
        self.quotes.update({quote.symbol: quote for quote in answer.quotes if quote.symbol in symbols})
        for symbol in symbols:
            if symbol not in self.quotes:
                self.close(source, [symbol], answer.refused.get(symbol, "it did not answer for this symbol"))

    def outcome(self) -> FetchOutcome:
        quotes = tuple(self.quotes[s] for s in self.symbols if s in self.quotes)
        missing = {s: _spelled(self.reasons.get(s, {})) for s in self.symbols if s not in self.quotes}
        return FetchOutcome(quotes=quotes, missing=missing)


class Feed:
    """The sources of one symbol set, in order of preference.

    `seconds` is the time that one fetch may take: a little less than the beat, so that no slow source stops
    it.
    """

    def __init__(self, name: str, sources: Sequence[Source], clock: Clock, *, seconds: float) -> None:
        check_sources(name, sources)
        self.name = name
        self.sources = {source.name: source for source in sources}
        self._clock = clock
        self._seconds = seconds

    async def fetch(self, symbols: Sequence[str], now: datetime) -> FetchOutcome:
        """Quotes of the symbols, each from the most preferred source that has one.

        Never raises for a source.
        """
        asked = _Round(tuple(dict.fromkeys(symbols)))
        end = self._clock.monotonic() + self._seconds
        self._pace(asked, now)
        while self._clock.monotonic() < end:
            candidates = [await self._candidate(source, asked, now) for source in self.sources.values()]
            choice = provider_choice.choose(candidates, now)
            if isinstance(choice, Nobody):
                self._close_all(asked, choice.reasons)
                break
            if not self._serve_kept(asked, before=choice.name):
                deadline = asked.deadlines.setdefault(choice.name, self._share(candidates, now, end))
                await self._ask(asked, choice, now, deadline)
        self._serve_kept(asked)
        self._close_all(asked, dict.fromkeys(self.sources, "there was no time left to ask it"))
        return asked.outcome()

    async def history(
        self, symbol: str, interval: str, start: datetime, end: datetime, adjustment: Adjustment | None = None
    ) -> tuple[Bar, ...]:
        """Bars of one single source, never mixed: the first that has them; without `adjustment` its plainest.

        Raises UnsupportedRequest if no source ever has such bars, ProviderUnavailable if none has them now.
        """
        deadline = self._clock.monotonic() + HISTORY_SECONDS
        now = self._clock.now()
        errors: dict[str, ProviderError] = {}
        for source in self.sources.values():
            try:
                query = BarsQuery(symbol, interval, start, end, adjustment or _plainest(source, symbol, interval))
                return _of_one_origin(await source.bars(query, now=now, deadline=deadline), source, query)
            except ProviderError as error:
                errors[source.name] = error
        said = f"no bars of {symbol}: {_spelled({name: str(error) for name, error in errors.items()})}"
        never = all(isinstance(error, UnsupportedRequest) for error in errors.values())
        raise UnsupportedRequest(said) if never else ProviderUnavailable(said)

    async def _candidate(self, source: Source, asked: _Round, now: datetime) -> Candidate:
        symbols = asked.open_for(source.name)
        try:
            return await source.candidate(len(symbols), now)
        except ProviderError as error:
            asked.close(source.name, symbols, str(error))
            return Candidate(name=source.name, breaker=source.breaker, symbols=0)

    async def _ask(self, asked: _Round, choice: Ask, now: datetime, deadline: float) -> None:
        source = self.sources[choice.name]
        open_symbols = asked.open_for(source.name)
        symbols = open_symbols[: choice.symbols]
        try:
            asked.take(source.name, symbols, await source.quotes(symbols, now=now, deadline=deadline))
        except (UnsupportedRequest, MalformedAnswer) as error:
            asked.close(source.name, symbols, str(error))
        except ProviderError as error:
            asked.close(source.name, open_symbols, str(error))
        if self._clock.monotonic() >= deadline:
            asked.close(source.name, asked.open_for(source.name), "it took longer than its share of the beat")

    def _pace(self, asked: _Round, now: datetime) -> None:
        """Spare the sources with a small budget.

        What one answered lately is asked again when its pace allows.
        """
        for name, source in self.sources.items():
            spared = [s for s in asked.symbols if not source.due(s, len(asked.symbols), now)]
            young = {symbol: source.kept(symbol, now, YOUNG) for symbol in spared}
            asked.kept[name] = {symbol: quote for symbol, quote in young.items() if quote is not None}
            asked.close(name, spared, "it is asked again later, so that its budget lasts")

    def _serve_kept(self, asked: _Round, before: str | None = None) -> bool:
        """Use the young quotes of the sources that are preferred to `before`; True if that filled a gap."""
        known = len(asked.quotes)
        preferred = takewhile(lambda name: name != before, self.sources)
        for symbol, quote in chain.from_iterable(asked.kept[name].items() for name in preferred):
            asked.quotes.setdefault(symbol, quote)
        return len(asked.quotes) > known

    def _share(self, candidates: Sequence[Candidate], now: datetime, end: float) -> float:
        """Return the deadline of the source asked next.

        An equal share of the time left for each that could be asked.
        """
        able = [c for c in candidates if c.symbols and provider_choice.obstacle(c, now) is None]
        started = self._clock.monotonic()
        return started + (end - started) / len(able)

    def _close_all(self, asked: _Round, reasons: Mapping[str, str]) -> None:
        for name, reason in reasons.items():
            asked.close(name, asked.open_for(name), reason)


def check_sources(name: str, sources: Sequence[Source]) -> None:
    """ConfigurationError for an empty list, a source named twice, or simulated prices beside real ones."""
    names = [source.name for source in sources]
    if not names:
        raise ConfigurationError(f"symbol set {name} names no provider; name at least one")
    if len(set(names)) != len(names):
        raise ConfigurationError(f"symbol set {name} names a provider twice: {', '.join(names)}")
    simulated = [source.name for source in sources if source.provider.simulated]
    if simulated and len(simulated) != len(names):
        raise ConfigurationError(
            f"symbol set {name} lists simulated prices ({', '.join(simulated)}) beside real ones; "
            "real prices are never replaced by simulated ones: give each its own symbol set"
        )


async def health(sources: Sequence[Source], feeds: Sequence[Feed], now: datetime) -> Healths:
    """How this process fares with every source."""
    found = [
        await source.health(tuple(feed.name for feed in feeds if source.name in feed.sources), now)
        for source in sources
    ]
    return tuple(found)


def _plainest(source: Source, symbol: str, interval: str) -> Adjustment:
    for adjustment in source.provider.adjustments(symbol, interval):
        return adjustment
    raise UnsupportedRequest(f"it has no bars of {interval} for {symbol}")


def _of_one_origin(bars: tuple[Bar, ...], source: Source, query: BarsQuery) -> tuple[Bar, ...]:
    if any(bar.provider != source.name or bar.adjustment is not query.adjustment for bar in bars):
        raise MalformedAnswer(f"it answered with bars of another origin than {query.adjustment.value} of its own")
    return bars


def _spelled(reasons: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
