"""The console's reader of the bus."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace
from prometheus_client import CollectorRegistry

from stockbot.events import Event
from stockbot.events.streams import SIGNALS
from stockbot.events.streams import market_data as stream
from stockbot.runtime.bus import BroadcastReader, Bus, BusUnavailable, publish
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.metrics import Metrics
from stockbot.testing.clock import START, FixedClock
from stockbot.testing.events import market_data, service_alert
from stockbot.testing.samples import every_event
from stockbot.testing.scenes import quote
from stockbot_console.board import Board
from stockbot_console.feed import RETRY_SECONDS, follow, streams


class Script:
    """A reader that plays a list of answers; an exception is raised."""

    def __init__(self, *answers: Sequence[Event] | BusUnavailable) -> None:
        self._answers = list(answers)

    async def read(self) -> Sequence[Event]:
        answer = self._answers.pop(0)
        if isinstance(answer, BusUnavailable):
            raise answer
        return answer


async def test_ticks_come_to_the_board_and_other_events_do_not() -> None:
    """The stream's ticks change the board; whatever else stands there is passed over."""
    board = Board(FixedClock())
    tick = market_data(quotes=[quote("AAPL", Decimal("187.45"), START)])
    await follow(Script([service_alert(), tick]), board)
    assert board.state.tracks["AAPL"].quote.last == Decimal("187.45")
    assert board.state.trouble is None


async def test_signals_and_decisions_come_to_the_journal() -> None:
    """Both are on the board as they come, and stay there while other events follow."""
    board = Board(FixedClock())
    await follow(Script(every_event(), [service_alert()]), board)
    assert list(board.state.journal.signals) == list(board.state.journal.verdicts) == ["trend-AAPL-1"]


async def test_a_lost_bus_is_said_and_tried_again() -> None:
    """The board has the reason, the loop waits a moment, and the next answer clears it."""
    clock = FixedClock()
    board, before = Board(clock), clock.now()
    reader = Script(BusUnavailable("the bus does not answer"), [])
    await follow(reader, board)
    assert board.state.trouble == "the bus does not answer"
    assert (clock.now() - before).total_seconds() == RETRY_SECONDS
    await follow(reader, board)
    assert board.state.trouble is None


async def test_the_feed_reads_a_real_bus(bus_url: str) -> None:
    """What any shard of the gateway and the orchestrator publish on their streams is on the board after one read."""
    bus = Bus(bus_url, clock=SystemClock(), metrics=Metrics(CollectorRegistry()))
    reader, board = BroadcastReader(bus, streams(2), start=b"0-0"), Board(FixedClock())
    await publish(bus, stream(1), [market_data(quotes=[quote("MSFT", Decimal("415.28"), START)])])
    await publish(bus, SIGNALS, [replace(every_event()[1], sequence=1, incarnation="a")])
    await follow(reader, board)
    await bus.close()
    assert board.state.tracks["MSFT"].quote.last == Decimal("415.28")
    assert list(board.state.journal.signals) == ["trend-AAPL-1"]
