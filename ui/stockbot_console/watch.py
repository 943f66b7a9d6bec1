"""Asks the services every few seconds, once for all pages, and puts their answers on the board.

Each `look` is one round of questions to one service. Pages call it too, right after something was done there.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from stockbot_console.answers import known
from stockbot_console.board import Board
from stockbot_console.client import Gateway, Guardian, Orchestrator
from stockbot_console.state import Answers, Risk, Strategies, after_answers, after_risk, after_strategies

SECONDS = 5.0

Service = TypeVar("Service")


async def repeat(look: Callable[[Service, Board], Awaitable[None]], service: Service, board: Board) -> None:
    """Look once, and wait: the step of a background loop."""
    await look(service, board)
    await board.clock.sleep(SECONDS)


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
