"""The other shards of the gateway: what they publish, on a board like our own. So any shard answers for all.

Each symbol is asked of its provider by its own shard alone; the others read that shard's stream, and its quotes grow
stale here as they do there.
"""

from collections.abc import Collection, Mapping, Sequence

from stockbot.events.market import MarketData, Quote
from stockbot.market_data_gateway.board import Board
from stockbot.market_data_gateway.live import Live
from stockbot.market_data_gateway.publisher import last_quotes
from stockbot.runtime.bus import BroadcastReader, Bus


class Peers:
    """`board` has the symbols of the others, `owners` whose each is; `streams` are those that they publish on.

    `providers` are those of the document: what another one said is of an older document.
    """

    def __init__(
        self,
        bus: Bus,
        board: Board,
        *,
        owners: Mapping[str, int],
        providers: Collection[str],
        streams: Sequence[str],
        live: Live,
    ) -> None:
        self.board = board
        self._bus = bus
        self._live = live
        self._symbols = frozenset(board.symbols)
        self._providers = frozenset(providers)
        self._reader = BroadcastReader(bus, streams)
        self._told_stale: set[str] = set()
        board.missing.update(
            {symbol: f"shard {shard}, which asks for it, has published none" for symbol, shard in owners.items()}
        )

    async def step(self) -> None:
        """Take in what the others publish: the step of a background loop. Raises BusUnavailable."""
        await self._recall()
        events = await self._reader.read()
        self._take([quote for event in events if isinstance(event, MarketData) for quote in event.data.quotes])

    def tell_stale(self) -> None:
        """Tell the watchers of quotes that have grown stale since: of a shard that is gone no tick says it."""
        now = self._bus.clock.now()
        stale = {quote.symbol: quote for quote in self.board.quotes(now) if quote.stale}
        self._live.offer([quote for symbol, quote in stale.items() if symbol not in self._told_stale])
        self._told_stale = set(stale)

    async def _recall(self) -> None:
        """What was published before this process read: the last quotes out of their keys."""
        unquoted = [symbol for symbol in self.board.symbols if symbol in self.board.missing]
        if unquoted:
            self._take(await last_quotes(self._bus, unquoted))

    def _take(self, quotes: Sequence[Quote]) -> None:
        now = self._bus.clock.now()
        taken = [quote for quote in quotes if quote.symbol in self._symbols and quote.provider in self._providers]
        self.board.put(taken, {}, {}, now)
        changed = {quote.symbol for quote in taken}
        self._live.offer([quote for quote in self.board.quotes(now) if quote.symbol in changed])
