"""The beat of the gateway: fetch, put on the board, show the watchers.

After each beat one loop publishes what stands on the board, and another records: bars built from ticks, and alerts.
One slow or broken part holds up no other: without the bus the board still grows and stale marks still appear,
without SQL prices still flow.
"""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from stockbot.errors import Unavailable
from stockbot.events.market import Adjustment, Bar, Quote, Session
from stockbot.market_data_gateway.board import Board
from stockbot.market_data_gateway.exchanges import Exchanges
from stockbot.market_data_gateway.failover import Feed, health
from stockbot.market_data_gateway.live import Live
from stockbot.market_data_gateway.peers import Peers
from stockbot.market_data_gateway.price_alerts import PriceAlerts
from stockbot.market_data_gateway.provider_health import Healths, of_all_shards
from stockbot.market_data_gateway.publisher import Publisher, last_quotes
from stockbot.market_data_gateway.series import Series
from stockbot.market_data_gateway.sources import Source
from stockbot.market_data_gateway.tick_bars import TickBars, joined
from stockbot.market_data_gateway.wording import spelled
from stockbot.runtime.bus import Bus, BusUnavailable, ShardNotes

SHORTEST_LIMIT = 15.0  # seconds
RECALL_SECONDS = 1.0  # a mute bus must not hold up the first beats

logger = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class SymbolSet:
    """Symbols that share a feed and an exchange: those of this shard, and by symbol the shard that owns each other."""

    name: str
    exchange: str
    symbols: tuple[str, ...]
    feed: Feed
    elsewhere: Mapping[str, int] = field(default_factory=dict)


@dataclass(kw_only=True)
class Gateway:
    """Everything that one shard does at each beat, and what its API asks of it: of the symbols of all shards."""

    symbol_sets: Sequence[SymbolSet]
    sources: Mapping[str, Source]
    shard: int
    board: Board
    peers: Peers
    healths: ShardNotes[Healths]
    exchanges: Exchanges
    publisher: Publisher
    tick_bars: TickBars
    alerts: PriceAlerts
    live: Live
    bus: Bus
    series: Series
    interval_seconds: float
    _next_beat: float = field(default=0.0, init=False)
    _started_at: float = field(init=False)
    _beat_at: float = field(init=False)
    _settled: bool = field(default=False, init=False)
    _restored: bool = field(default=False, init=False)
    _to_publish: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _to_record: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def __post_init__(self) -> None:
        self.set_of = {symbol: each for each in self.symbol_sets for symbol in (*each.symbols, *each.elsewhere)}
        self._started_at = self._beat_at = self.bus.clock.monotonic()

    @property
    def longest_beat(self) -> float:
        """Seconds after which something is wrong with the beat itself, whatever the providers do."""
        return longest_beat(self.interval_seconds)

    def is_beating(self) -> bool:
        return self.bus.clock.monotonic() - self._beat_at <= self.longest_beat

    def trouble(self) -> str | None:
        """A check of readiness: why no symbol at all has a fresh price; None as soon as one has."""
        stale = self.board.why_stale(self.bus.clock.now())
        return spelled(stale) if stale and len(stale) == len(self.board.symbols) else None

    def degraded(self) -> str | None:
        """A note of readiness: the symbols without a fresh price, and why."""
        return spelled(self.board.why_stale(self.bus.clock.now())) or None

    async def step(self) -> None:
        """One beat, then wait for the next; beats that a slow one missed are left out."""
        started = self.bus.clock.monotonic()
        await self.beat()
        ended = self.bus.clock.monotonic()
        self._next_beat = max(ended, max(started, self._next_beat) + self.interval_seconds)
        await self.bus.clock.sleep(self._next_beat - ended)

    async def beat(self) -> None:
        """Fetch all symbol sets at once and hand the quotes on."""
        await self._restore()
        outcomes = await asyncio.gather(*(self._fetch(each) for each in self.symbol_sets if each.symbols))
        now = self.bus.clock.now()
        fetched = [quote for quotes, _ in outcomes for quote in quotes]
        missing = {symbol: reason for _, reasons in outcomes for symbol, reason in reasons.items()}
        self.board.put(fetched, missing, self._phases(now), now)
        self.live.offer(self.board.quotes(now))
        self.peers.tell_stale()
        self.tick_bars.add([quote for quote in fetched if self._runs_with_the_clock(quote.provider)], now)
        self._show(now)
        self._beat_at = self.bus.clock.monotonic()
        self._to_publish.set()
        self._to_record.set()

    async def publish(self) -> None:
        """Wait for a beat and publish what stands on the board: the step of a loop of its own."""
        await self._to_publish.wait()
        self._to_publish.clear()
        now = self.bus.clock.now()
        quotes = self.board.quotes(now)
        if quotes:
            await self._attempt(self._publish(quotes, now), "not published")
        await self._attempt(self._tell_health(now), "the health of the providers is not told to the other shards")

    async def record(self) -> None:
        """Wait for a beat and commit what it brought: the step of a loop of its own."""
        await self._to_record.wait()
        self._to_record.clear()
        now = self.bus.clock.now()
        symbols = {each.name: each.symbols for each in self.symbol_sets}
        await self._attempt(self.tick_bars.save(now), "bars not stored")
        if self._has_settled():
            await self._attempt(self.alerts.tell(symbols, self.board.why_stale(now), now), "alerts not stored")

    async def _publish(self, quotes: Sequence[Quote], now: datetime) -> None:
        await self.publisher.publish(quotes, now)
        self.series.published(now)

    def _show(self, now: datetime) -> None:
        stale = self.board.why_stale(now)
        for each in self.symbol_sets:
            self.series.price(each.name, each.symbols, stale)
        self.series.ask(self.sources.values(), now)

    def quotes(self, now: datetime) -> tuple[Quote, ...]:
        """The last quote of every symbol of the document that has one, as fresh or stale as it is at `now`."""
        return (*self.board.quotes(now), *self.peers.board.quotes(now))

    def quote(self, symbol: str, now: datetime) -> Quote | None:
        return self._board_of(symbol).quote(symbol, now)

    def why_missing(self, symbol: str) -> str:
        """Why there is no quote of the symbol."""
        return self._board_of(symbol).missing.get(symbol, "no provider has answered yet")

    def owner_of(self, symbol: str) -> int:
        """The shard that asks for the symbol."""
        return self.set_of[symbol].elsewhere.get(symbol, self.shard)

    async def providers(self, now: datetime) -> Healths:
        """How every provider fares, at each shard."""
        return of_all_shards(self.shard, await self._own_health(now), await self.healths.of_others())

    def market_now(self, symbol: str, now: datetime) -> datetime:
        """The time at `now` in the market that the symbol's prices come from."""
        return self.sources[self._quoted_by(symbol)].provider.market_time(now)

    async def bars(
        self, symbol: str, interval: str, start: datetime, end: datetime, adjustment: Adjustment | None = None
    ) -> tuple[Bar, ...]:
        """The provider's bars, raw ones completed from ticks; without `adjustment` the plainest that it has.

        The running minute is known to the symbol's own shard alone: at the others bars end with the last minute in SQL.
        Raises ProviderError where the provider has none.
        """
        history = await self.set_of[symbol].feed.history(symbol, interval, start, end, adjustment)
        provider = history[-1].provider if history else self._quoted_by(symbol)
        adjusted = adjustment or (history[-1].adjustment if history else Adjustment.RAW)
        if adjusted is not Adjustment.RAW or not self._runs_with_the_clock(provider):
            return history
        since, now = history[-1].end if history else start, self.bus.clock.now()
        try:
            built = await self.tick_bars.following(symbol, provider, interval, since, end, now)
        except Unavailable as error:
            if not history:
                raise
            logger.warning("bars built from ticks are not known", reason=str(error))
            return history
        return joined(history, built)

    async def close(self) -> None:
        for source in self.sources.values():
            await source.provider.close()

    def _board_of(self, symbol: str) -> Board:
        return self.peers.board if symbol in self.set_of[symbol].elsewhere else self.board

    async def _own_health(self, now: datetime) -> Healths:
        return await health(list(self.sources.values()), [each.feed for each in self.symbol_sets], now)

    async def _tell_health(self, now: datetime) -> None:
        if not self.healths.is_alone:
            await self.healths.tell(await self._own_health(now))

    async def _fetch(self, symbol_set: SymbolSet) -> tuple[Sequence[Quote], Mapping[str, str]]:
        """What the set's feed gave; a feed that breaks or hangs costs its own symbols this beat, and no others."""
        try:
            async with asyncio.timeout(self.interval_seconds):
                outcome = await symbol_set.feed.fetch(symbol_set.symbols, self.bus.clock.now())
        except TimeoutError:
            return (), dict.fromkeys(symbol_set.symbols, f"no source answered within {self.interval_seconds:g} s")
        except Exception as error:
            logger.exception("feed failed", symbol_set=symbol_set.name)
            return (), dict.fromkeys(symbol_set.symbols, f"its feed failed: {type(error).__name__}")
        return outcome.quotes, outcome.missing

    async def _restore(self) -> None:
        """At start: what the gateway before this one published last stands on the board, as old as it is."""
        if not self._restored:
            await self._attempt(self._recall(), "the last quotes are not known")

    async def _recall(self) -> None:
        async with asyncio.timeout(RECALL_SECONDS):
            known = await last_quotes(self.bus, self.board.symbols)
        self.board.put([quote for quote in known if quote.provider in self.sources], {}, {}, self.bus.clock.now())
        self._restored = True

    async def _attempt(self, part: Awaitable[object], otherwise: str) -> None:
        """Do one part; what cannot be done now is said, and done after a later beat."""
        try:
            await part
        except BusUnavailable as error:
            await self.bus.lost(error)
            logger.warning(otherwise, reason=str(error))
        except (Unavailable, TimeoutError) as error:
            logger.warning(otherwise, reason=str(error))
        except Exception:
            logger.exception(otherwise)

    def _has_settled(self) -> bool:
        """After a start providers get some beats to answer for every symbol, before anybody is alarmed."""
        in_time = self.bus.clock.monotonic() - self._started_at <= self.longest_beat
        self._settled = self._settled or not (in_time and self.board.missing)
        return self._settled

    def _phases(self, now: datetime) -> dict[str, Session]:
        return {
            symbol: self.exchanges.phase(each.exchange, now) for each in self.symbol_sets for symbol in each.symbols
        }

    def _runs_with_the_clock(self, provider: str) -> bool:
        """False for a replay: minutes of the clock mean nothing to its prices."""
        now = self.bus.clock.now()
        return self.sources[provider].provider.market_time(now) == now

    def _quoted_by(self, symbol: str) -> str:
        quote = self.quote(symbol, self.bus.clock.now())
        return quote.provider if quote is not None else next(iter(self.set_of[symbol].feed.sources))


def longest_beat(interval_seconds: float) -> float:
    """Seconds within which a beat has ended, whatever the providers do."""
    return SHORTEST_LIMIT + 3 * interval_seconds


def market_time(sources: Mapping[str, Source], quote: Quote, now: datetime) -> datetime:
    """The time in the market of this quote: another than now for a replay."""
    source = sources.get(quote.provider)
    return now if source is None else source.provider.market_time(now)
