"""The console's one reader of the bus: all but alerts goes to the board. It observes, in no group."""

from collections.abc import Sequence
from typing import Protocol

from msgspec.structs import replace

from stockbot.events import Event
from stockbot.events.market import MarketData
from stockbot.events.streams import APPROVALS, BLOCKS, ORDERS, PORTFOLIO, SIGNALS, all_market_data
from stockbot.runtime.bus import BusUnavailable
from stockbot_console.board import Board
from stockbot_console.journal import after_events
from stockbot_console.order_book import after_updates
from stockbot_console.state import after_portfolios, after_tick

RETRY_SECONDS = 1.0


class Reader(Protocol):
    """What the feed needs of `stockbot.runtime.bus.BroadcastReader`."""

    async def read(self) -> Sequence[Event]:
        """Wait for the next events, at most a second; BusUnavailable where the bus does not answer."""


def streams(shards: int) -> tuple[str, ...]:
    """What the console reads where the gateway has so many shards."""
    return (*all_market_data(shards), SIGNALS, APPROVALS, BLOCKS, ORDERS, PORTFOLIO)


async def follow(reader: Reader, board: Board) -> None:
    """Read once and put what came on the board: the step of a background loop."""
    try:
        events = await reader.read()
    except BusUnavailable as error:
        board.change(replace(board.state, trouble=str(error)))
        await board.clock.sleep(RETRY_SECONDS)
        return
    state = replace(
        board.state,
        trouble=None,
        journal=after_events(board.state.journal, events),
        orders=after_updates(board.state.orders, events, board.clock.now()),
    )
    board.change(after_portfolios(state, events))
    for event in events:
        if isinstance(event, MarketData):
            board.change(after_tick(board.state, event, board.clock.now()))
