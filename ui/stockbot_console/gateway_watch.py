"""Asks the gateway every few seconds, once for all pages, and puts the answers on the board."""

import asyncio

from stockbot_console.board import Board
from stockbot_console.client import Gateway
from stockbot_console.state import Answers, after_answers

SECONDS = 5.0


async def ask(gateway: Gateway, board: Board) -> None:
    """Ask everything that pages show beside prices, and wait: the step of a background loop."""
    now = board.clock.now()
    reach, quotes, providers, listings, exchanges = await asyncio.gather(
        gateway.reach(now), gateway.quotes(), gateway.providers(), gateway.listings(), gateway.exchanges()
    )
    answers = Answers(reach=reach, quotes=quotes, providers=providers, listings=listings, exchanges=exchanges)
    board.change(after_answers(board.state, answers, board.clock.now()))
    await board.clock.sleep(SECONDS)
