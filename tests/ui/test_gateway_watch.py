"""The questions that the console asks the gateway every few seconds."""

from pydantic import SecretStr

from stockbot.testing.clock import START, FixedClock
from stockbot.testing.gateway import TOKEN, FakeGateway, running
from stockbot.testing.scenes import PRICES, market, provider, trading_day
from stockbot_console.board import Board
from stockbot_console.client import Gateway
from stockbot_console.gateway_watch import SECONDS, ask


async def test_one_round_fills_the_board_and_waits() -> None:
    """Quotes, providers, sessions and readiness come in one round; the next one is some seconds away."""
    clock = FixedClock()
    board, before = Board(clock), clock.now()
    with running(FakeGateway(quotes=market(START), providers=[provider()], exchanges=[trading_day(START)])) as fake:
        gateway = Gateway(fake.url, SecretStr(TOKEN))
        await ask(gateway, board)
        await gateway.close()
    assert set(board.state.tracks) == set(PRICES)
    assert board.state.reach is not None
    assert board.state.reach.ready
    assert (clock.now() - before).total_seconds() == SECONDS
