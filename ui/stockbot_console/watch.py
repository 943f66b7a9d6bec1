"""Asks the services every few seconds, once for all pages, and puts their answers on the board.

Each `look` is one round of questions to one service. Pages call it too, right after something was done there.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from stockbot_console.alarms import Alarms
from stockbot_console.answers import Failure, known
from stockbot_console.board import Board
from stockbot_console.bookkeeper import Bookkeeper
from stockbot_console.client import Gateway, Guardian, Orchestrator
from stockbot_console.engine import Engine
from stockbot_console.order_book import Told
from stockbot_console.state import (
    Alerts,
    Answers,
    Execution,
    Holdings,
    Risk,
    Strategies,
    after_alerts,
    after_answers,
    after_execution,
    after_holdings,
    after_risk,
    after_standings,
    after_strategies,
)
from stockbot_console.steward import Steward

SECONDS = 5.0
SERVICES_SECONDS = 2.0  # a person who restarts one waits for it

Service = TypeVar("Service")


async def repeat(
    look: Callable[[Service, Board], Awaitable[None]], service: Service, board: Board, seconds: float = SECONDS
) -> None:
    """Look once, and wait: the step of a background loop."""
    await look(service, board)
    await board.clock.sleep(seconds)


async def look_at_gateway(gateway: Gateway, board: Board) -> None:
    """Ask everything that pages show beside prices."""
    reach, quotes, providers, listings, exchanges = await asyncio.gather(
        gateway.reach(board.clock.now()), gateway.quotes(), gateway.providers(), gateway.listings(), gateway.exchanges()
    )
    answers = Answers(reach=reach, quotes=quotes, providers=providers, listings=listings, exchanges=exchanges)
    board.change(after_answers(board.state, answers, board.clock.now()))


async def look_at_strategies(orchestrator: Orchestrator, board: Board) -> None:
    """Ask how every strategy fares, and for its last signals."""
    reach, instances, signals = await asyncio.gather(
        orchestrator.reach(board.clock.now()), orchestrator.strategies(), orchestrator.last_signals()
    )
    board.change(after_strategies(board.state, Strategies(reach=reach, instances=instances), known(signals)))


async def look_at_risk(guardian: Guardian, board: Board) -> None:
    """Ask for the trading state and its history, the limits, the accounts and the last decisions."""
    reach, status, history, limits, exposures = await asyncio.gather(
        guardian.reach(board.clock.now()),
        guardian.status(),
        guardian.history(),
        guardian.limits(),
        guardian.exposures(),
    )
    decisions, denials = await asyncio.gather(guardian.last_decisions(), guardian.last_denials())
    said = Risk(reach=reach, status=status, history=history, limits=limits, exposures=exposures)
    board.change(after_risk(board.state, said, (*known(decisions), *known(denials))))


async def look_at_execution(engine: Engine, board: Board) -> None:
    """Ask for the newest and the open orders, and how the engine stands with its broker."""
    asked_at = board.clock.now()
    reach, recent, still_open, reconciliation, drain = await asyncio.gather(
        engine.reach(asked_at), engine.last_orders(), engine.open_orders(), engine.reconciliation(), engine.drain()
    )
    trouble = next((answer for answer in (recent, still_open) if isinstance(answer, Failure)), None)
    said = Execution(reach=reach, trouble=trouble, reconciliation=reconciliation, drain=drain)
    told = None if trouble else Told(asked_at=asked_at, recent=known(recent), open=known(still_open))
    board.change(after_execution(board.state, said, told))


async def look_at_holdings(bookkeeper: Bookkeeper, board: Board) -> None:
    """Ask for every account and its positions."""
    reach, accounts, positions = await asyncio.gather(
        bookkeeper.reach(board.clock.now()), bookkeeper.accounts(), bookkeeper.holdings()
    )
    board.change(after_holdings(board.state, Holdings(reach=reach, accounts=accounts, positions=positions)))


async def look_at_alerts(alarms: Alarms, board: Board) -> None:
    """Ask for what nobody has acknowledged."""
    reach, unanswered = await asyncio.gather(alarms.reach(board.clock.now()), alarms.open_alerts())
    board.change(after_alerts(board.state, Alerts(reach=reach, unanswered=unanswered)))


async def look_at_services(steward: Steward, board: Board) -> None:
    """Ask how every service stands."""
    asked_at = board.clock.now()
    board.change(after_standings(board.state, await steward.services(), asked_at))
