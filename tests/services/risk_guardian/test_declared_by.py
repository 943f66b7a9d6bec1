"""What a start makes of the document's trading state: everything on a laptop, only the first word on a cluster."""

from tests.services.risk_guardian.conftest import Parts

from stockbot.model.risk.trading_state import Change, TradingState
from stockbot.risk_guardian import trading_state_rows
from stockbot.risk_guardian.guardian import prepare
from stockbot.risk_guardian.state_changes import declare_state
from stockbot.testing.clock import START

TOLD = Change(who="operator", when=START, why="declared by the document")


async def start(parts: Parts, declared: TradingState | None, *, first_only: bool) -> TradingState | None:
    """Start anew with what a document declares; what is declared then."""
    run = parts.database.run
    await run(lambda c: prepare(c, parts.publisher, declared, START, first_only=first_only))
    return (await parts.database.read(trading_state_rows.read)).declared


async def test_a_restart_does_not_loosen_what_the_operator_told(parts: Parts) -> None:
    """A pod's document says Active since the last roll-out; Halted was told after it, and stays."""
    assert await start(parts, TradingState.ACTIVE, first_only=True) is TradingState.ACTIVE
    await parts.database.run(lambda c: declare_state(c, parts.publisher, TradingState.HALTED, TOLD))
    assert await start(parts, TradingState.ACTIVE, first_only=True) is TradingState.HALTED


async def test_the_first_start_takes_the_document(parts: Parts) -> None:
    """Where nothing was ever said the document counts at once, before the operator can tell anything."""
    assert await start(parts, TradingState.HALTED, first_only=True) is TradingState.HALTED


async def test_without_an_operator_every_start_takes_the_document(parts: Parts) -> None:
    """Under `stockbot up` the document is the newest word."""
    assert await start(parts, TradingState.HALTED, first_only=False) is TradingState.HALTED
    assert await start(parts, None, first_only=False) is None
