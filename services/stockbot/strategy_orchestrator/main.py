"""The composition root of the orchestrator: settings and one document in, a program out."""

import sys
from functools import partial
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection

from stockbot.errors import ConfigurationError
from stockbot.events.streams import ALERTS, BLOCKS, ORDERS, PORTFOLIO, SIGNALS, all_market_data
from stockbot.runtime.alive import Alive
from stockbot.runtime.bus import BroadcastReader, ShardNotes, WorkReader
from stockbot.runtime.outbox import Writer
from stockbot.runtime.program import Program, run
from stockbot.runtime.relays import Relays
from stockbot.runtime.supervise import Step
from stockbot.runtime.surroundings import Surroundings
from stockbot.runtime.web.dead_letters import dead_letters_api
from stockbot.runtime.worker import Worker
from stockbot.spec import PORTS, ServiceType, TradingService
from stockbot.spec.strategy_orchestrator import StrategyOrchestrator
from stockbot.strategy_orchestrator.api import orchestrator_api
from stockbot.strategy_orchestrator.assignments import Shard
from stockbot.strategy_orchestrator.backfill import Backfill
from stockbot.strategy_orchestrator.calendars import Calendars
from stockbot.strategy_orchestrator.feedback import taking_in
from stockbot.strategy_orchestrator.history import GatewayHistory
from stockbot.strategy_orchestrator.items import Runs
from stockbot.strategy_orchestrator.ledger import Ledger
from stockbot.strategy_orchestrator.pruning import Pruning
from stockbot.strategy_orchestrator.roster import Roster
from stockbot.strategy_orchestrator.service import Orchestrator
from stockbot.strategy_orchestrator.settings import OrchestratorSettings
from stockbot.strategy_orchestrator.strategy_thread import StrategyThread, Watchdog
from stockbot.strategy_orchestrator.tables import DEAD_LETTERS, HEARTBEATS, INBOX, OUTBOX, PREFIX
from stockbot.strategy_orchestrator.telling import LIFETIME_SECONDS, Telling
from stockbot.strategy_orchestrator.watch import Watch

PACKAGE = "stockbot.strategy_orchestrator"
BEAT = "strategies"
LIVE_SECONDS = 60.0  # longer than the watchdog waits


def main(document: TradingService) -> None:
    """Run the orchestrator of this document until a signal ends it."""
    sys.exit(run(lambda: build(OrchestratorSettings.load(), document)))


def build(settings: OrchestratorSettings, document: TradingService) -> Program:
    """The program, not started; raises ConfigurationError for what a person must mend."""
    block = document.spec.strategy_orchestrator or StrategyOrchestrator()
    shard = _shard(settings.shard, document.spec.replicas)
    name = document.metadata.name
    ledger = Ledger(Writer(OUTBOX, settings.source(name)))
    around = Surroundings.of(settings, name, package=PACKAGE, prefix=PREFIX, prepare=partial(_prepare, ledger))
    relays = Relays(around.bus, around.storage, ledger.writer, [SIGNALS, ALERTS])
    orchestrator = _orchestrator(settings, block, shard, around, ledger, relays)
    history = GatewayHistory(settings.endpoints.get(ServiceType.MARKET_DATA_GATEWAY.value), settings.token)
    backfill = Backfill(
        history, orchestrator.calendars, orchestrator.watches, lambda: orchestrator.roster.desks, around.clock
    )
    notes = ShardNotes(around.bus, Runs, source=around.source, shards=shard.of, lifetime=LIFETIME_SECONDS)
    around.readiness.register("market-data", orchestrator.trouble)
    around.readiness.note("strategies", orchestrator.degraded)
    around.readiness.note("history", lambda: backfill.trouble)
    around.liveness.watch(BEAT, LIVE_SECONDS)
    watchdog = Watchdog(orchestrator.thread, around.clock, settings.strategy_seconds, orchestrator.record_hung)
    alive = Alive(around.bus, around.storage, HEARTBEATS, around.source, working=around.liveness.is_alive)
    return around.program(
        port=PORTS[ServiceType.STRATEGY_ORCHESTRATOR],
        routers=[
            orchestrator_api(orchestrator, around.storage, notes, around.clock),
            dead_letters_api(around.storage, DEAD_LETTERS, around.clock),
        ],
        background=[
            (BEAT, orchestrator.step),
            ("watchdog", watchdog.step),
            ("backfill", backfill.step),
            ("pruning", Pruning(around.storage, around.clock).step),
            *_feedback(around, shard),
            *([] if notes.is_alone else [("telling", Telling(orchestrator, notes, around.bus).step)]),
            *relays.loops(),
            ("alive", alive.step),
        ],
        on_stop=[orchestrator.thread.close, history.close],
        description="Strategy Orchestrator: the strategies, how they fare, and what they signal.",
    )


def _shard(number: int, of: int) -> Shard:
    if number >= of:
        raise ConfigurationError(
            f"STOCKBOT_SHARD is {number}, but the document has {of} replicas: set it to a number below that"
        )
    return Shard(number, of)


def _prepare(ledger: Ledger, connection: Connection) -> None:
    ledger.open(connection, uuid4().hex)


def _orchestrator(
    settings: OrchestratorSettings,
    block: StrategyOrchestrator,
    shard: Shard,
    around: Surroundings,
    ledger: Ledger,
    relays: Relays,
) -> Orchestrator:
    return Orchestrator(
        specs=block.strategies,
        folder=_folder(settings, block),
        account=settings.account,
        roster=Roster(account=settings.account, shard=shard),
        watches=_watches(block, shard),
        calendars=Calendars(around.bus),
        thread=StrategyThread(around.clock),
        storage=around.storage,
        ledger=ledger,
        bus=around.bus,
        reader=BroadcastReader(around.bus, [*all_market_data(settings.gateway_shards), PORTFOLIO]),
        committed=relays.wake,
    )


def _watches(block: StrategyOrchestrator, shard: Shard) -> dict[str, Watch]:
    """One for each symbol that a strategy trades on this shard, with the intervals that are wanted of it."""
    wanted: dict[str, dict[str, None]] = {}
    for spec in block.strategies:
        for symbol in filter(shard.has, spec.symbols):
            wanted.setdefault(symbol, {})[str(spec.interval)] = None
    return {symbol: Watch(symbol, intervals) for symbol, intervals in wanted.items()}


def _folder(settings: OrchestratorSettings, block: StrategyOrchestrator) -> Path | None:
    """The document's folder, else the one that the surroundings name: a mounted ConfigMap."""
    source = block.strategies_from
    return Path(source.folder) if source is not None and source.folder is not None else settings.strategies_folder


def _feedback(around: Surroundings, shard: Shard) -> list[tuple[str, Step]]:
    """The loops that take in what risk and the broker say; one group for each shard."""
    loops: list[tuple[str, Step]] = []
    for stream in (BLOCKS, ORDERS):
        worker = Worker(
            WorkReader(around.bus, stream, around.source),
            around.bus,
            around.storage,
            inbox_table=INBOX,
            dead_letter_table=DEAD_LETTERS,
            handle=taking_in(shard, around.clock),
        )
        loops += [(f"worker {stream}", worker.step), (f"backlog {stream}", worker.observe)]
    return loops
