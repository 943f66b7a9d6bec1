"""The composition root of the gateway: settings and one document in, a program out."""

import sys
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from uuid import uuid4

from stockbot.errors import ConfigurationError
from stockbot.events.streams import ALERTS, market_data
from stockbot.market_data_gateway.api import gateway_api
from stockbot.market_data_gateway.board import Board
from stockbot.market_data_gateway.budgets import Meter
from stockbot.market_data_gateway.exchanges import Exchanges
from stockbot.market_data_gateway.failover import Feed
from stockbot.market_data_gateway.live import Live
from stockbot.market_data_gateway.observer import Observer
from stockbot.market_data_gateway.peers import Peers
from stockbot.market_data_gateway.price_alerts import PriceAlerts
from stockbot.market_data_gateway.provider_factory import hours_around, source_of
from stockbot.market_data_gateway.provider_health import Healths
from stockbot.market_data_gateway.publisher import Publisher
from stockbot.market_data_gateway.series import Series
from stockbot.market_data_gateway.service import Gateway, SymbolSet, longest_beat, market_time
from stockbot.market_data_gateway.sources import Source
from stockbot.market_data_gateway.tables import HEARTBEATS, OUTBOX, PREFIX
from stockbot.market_data_gateway.tick_bars import TickBars
from stockbot.market_data_gateway.websockets import gateway_websockets
from stockbot.model.freshness import FreshnessLimits
from stockbot.model.sharding import shard_of
from stockbot.model.trading_hours import RoundTheClock, TradingHours
from stockbot.runtime.alive import Alive
from stockbot.runtime.bus import ShardNotes
from stockbot.runtime.clock import Clock
from stockbot.runtime.outbox import Writer
from stockbot.runtime.program import Program, run
from stockbot.runtime.relays import Relays
from stockbot.runtime.settings import Settings
from stockbot.runtime.surroundings import Surroundings
from stockbot.spec import PORTS, ServiceType, TradingService
from stockbot.spec.market_data_gateway import MarketDataGateway
from stockbot.spec.providers import Demo, Hours, ProviderType

PACKAGE = "stockbot.market_data_gateway"
BEAT = "beat"
SHARE_OF_BEAT = 0.8  # what one fetch may take of the time between two beats


def main(document: TradingService) -> None:
    """Run the gateway of this document until a signal ends it."""
    sys.exit(run(lambda: build(Settings.load(), document)))


def build(settings: Settings, document: TradingService) -> Program:
    """The program, not started; raises ConfigurationError for what a person must mend."""
    block = document.spec.market_data_gateway
    assert block is not None  # noqa: S101 - stockbot.spec refuses a gateway without its block
    name = document.metadata.name
    _check_shard(settings.shard, document.spec.replicas)
    _check_replays(block, document.spec.replicas)
    writer = Writer(OUTBOX, settings.source(name))
    around = Surroundings.of(
        settings, name, package=PACKAGE, prefix=PREFIX, prepare=lambda c: writer.open(c, ALERTS, uuid4().hex)
    )
    relays = Relays(around.bus, around.storage, writer, [ALERTS])
    gateway = _gateway(block, document.spec.replicas, around, writer, relays)
    around.readiness.register("prices", gateway.trouble)
    around.readiness.note("prices", gateway.degraded)
    around.readiness.note("calendars", gateway.exchanges.trouble)
    around.liveness.watch(BEAT, gateway.longest_beat)
    observer = Observer(around.bus, document.spec.replicas)
    alive = Alive(around.bus, around.storage, HEARTBEATS, around.source, working=gateway.is_beating)
    return around.program(
        port=PORTS[ServiceType.MARKET_DATA_GATEWAY],
        routers=[gateway_api(gateway, around.clock), gateway_websockets(gateway, observer, around.clock)],
        background=[
            (BEAT, gateway.step),
            ("publish", gateway.publish),
            ("record", gateway.record),
            ("exchanges", gateway.exchanges.step),
            *([("peers", gateway.peers.step)] if document.spec.replicas > 1 else []),
            *relays.loops(),
            ("alive", alive.step),
        ],
        on_stop=[gateway.close],
        description="Market Data Gateway: prices, where they are from, and how old they are.",
    )


def _check_shard(shard: int, shards: int) -> None:
    if shard >= shards:
        raise ConfigurationError(
            f"STOCKBOT_SHARD is {shard}, but the document has {shards} replicas: set it to a number below that"
        )


def _check_replays(block: MarketDataGateway, shards: int) -> None:
    """A replay's clock begins when its process does: two shards would show two different days."""
    replays = [each.name for each in block.providers if each.type is ProviderType.REPLAY]
    if shards > 1 and replays:
        raise ConfigurationError(
            f"the provider {replays[0]} is a Replay, which has one clock, but the document has {shards} replicas: "
            "set replicas to 1"
        )


def _gateway(block: MarketDataGateway, shards: int, around: Surroundings, writer: Writer, relays: Relays) -> Gateway:
    interval = float(block.tick_interval_seconds)
    exchange_of = {symbol: each.exchange for each in block.symbol_sets for symbol in each.symbols}
    meter = Meter(around.storage)
    sources = {
        each.name: source_of(each, exchanges=exchange_of, clock=around.clock, meter=meter) for each in block.providers
    }
    symbol_sets = _symbol_sets(block, sources, around.clock, shards=shards, shard=around.settings.shard)
    _share_budgets(symbol_sets, around.settings.shard)
    exchanges = Exchanges(sorted({each.exchange for each in symbol_sets}), around.bus)
    live = Live()
    return Gateway(
        symbol_sets=symbol_sets,
        sources=sources,
        shard=around.settings.shard,
        board=_board(block, sources, [symbol for each in symbol_sets for symbol in each.symbols]),
        peers=_peers(block, sources, symbol_sets, around, shards, live),
        healths=ShardNotes(around.bus, Healths, source=around.source, shards=shards, lifetime=longest_beat(interval)),
        exchanges=exchanges,
        publisher=Publisher(
            around.bus,
            source=around.source,
            shard=around.settings.shard,
            interval_seconds=interval,
            incarnation=uuid4().hex,
        ),
        tick_bars=TickBars(around.storage, partial(_hours_of, block, exchange_of, around.clock)),
        alerts=PriceAlerts(around.storage, writer, around.settings.shard, relays.wake),
        live=live,
        bus=around.bus,
        series=Series(around.metrics.registry, shard=around.settings.shard, interval_seconds=interval),
        interval_seconds=interval,
    )


def _board(block: MarketDataGateway, sources: dict[str, Source], symbols: Sequence[str]) -> Board:
    limits = FreshnessLimits(received=timedelta(seconds=float(block.stale_after_seconds)))
    return Board(symbols, limits, partial(market_time, sources))


def _peers(
    block: MarketDataGateway,
    sources: dict[str, Source],
    symbol_sets: Sequence[SymbolSet],
    around: Surroundings,
    shards: int,
    live: Live,
) -> Peers:
    owners = {symbol: shard for each in symbol_sets for symbol, shard in each.elsewhere.items()}
    return Peers(
        around.bus,
        _board(block, sources, list(owners)),
        owners=owners,
        providers=sources,
        streams=[market_data(shard) for shard in range(shards) if shard != around.settings.shard],
        live=live,
    )


def _symbol_sets(
    block: MarketDataGateway, sources: dict[str, Source], clock: Clock, *, shards: int, shard: int
) -> Sequence[SymbolSet]:
    """All sets of the document, each with this shard's symbols and whose the others are."""
    seconds = float(block.tick_interval_seconds) * SHARE_OF_BEAT
    return [
        SymbolSet(
            name=each.name,
            exchange=each.exchange,
            symbols=tuple(symbol for symbol in each.symbols if shard_of(symbol, shards) == shard),
            feed=Feed(each.name, [sources[name] for name in each.providers], clock, seconds=seconds),
            elsewhere={symbol: owner for symbol in each.symbols if (owner := shard_of(symbol, shards)) != shard},
        )
        for each in block.symbol_sets
    ]


def _share_budgets(symbol_sets: Iterable[SymbolSet], shard: int) -> None:
    """Tell each source how many shards ask it, so that together they do not spend its budget too early."""
    asking: dict[str, set[int]] = {}
    for each in symbol_sets:
        for source in each.feed.sources.values():
            shards = asking.setdefault(source.name, set())
            shards.update(each.elsewhere.values(), [shard] if each.symbols else [])
            source.sharing = len(shards)


def _hours_of(block: MarketDataGateway, exchange_of: dict[str, str], clock: Clock, symbol: str) -> TradingHours:
    """The hours that a symbol's ticks come in: round the clock where the demo market never sleeps."""
    providers = {each.name: each for each in block.providers}
    used = next(each.providers for each in block.symbol_sets if symbol in each.symbols)
    demos = [providers[name].demo or Demo() for name in used if providers[name].type is ProviderType.DEMO]
    if any(demo.hours is Hours.ALWAYS for demo in demos):
        return RoundTheClock()
    return hours_around(exchange_of[symbol], clock.now())
