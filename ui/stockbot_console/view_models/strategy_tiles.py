"""Every strategy in a line: its state, what it holds, what it made. Used by the overview. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import Struct

from stockbot_console.bookkeeper_answers import Holding
from stockbot_console.orchestrator_answers import Strategy
from stockbot_console.view_models.gains import Gain, gain
from stockbot_console.view_models.numbers import quantity_text
from stockbot_console.view_models.strategies import LEVELS


class StrategyTile(Struct, frozen=True, kw_only=True):
    """`made` is realised and unrealised profit less fees; not known while a position has no price."""

    id: str
    state: str
    level: str
    holds: str
    made: Gain


def strategy_tiles(strategies: Sequence[Strategy], holdings: Sequence[Holding]) -> dict[str, StrategyTile]:
    return {one.id: _tile(one, [held for held in holdings if held.strategy == one.id]) for one in strategies}


def _tile(strategy: Strategy, held: Sequence[Holding]) -> StrategyTile:
    open_positions = [one for one in held if one.quantity]
    holds = ", ".join(f"{quantity_text(one.quantity)} {one.symbol}" for one in open_positions)
    return StrategyTile(
        id=strategy.id,
        state=strategy.state,
        level=LEVELS[strategy.state],
        holds=holds or "no position",
        made=gain(_made(held)),
    )


def _made(held: Sequence[Holding]) -> Decimal | None:
    unrealised = [one.unrealised if one.quantity else Decimal(0) for one in held]
    if any(one is None for one in unrealised):
        return None
    open_profit = sum((one for one in unrealised if one is not None), Decimal(0))
    return open_profit + sum((one.realised - one.fees for one in held), Decimal(0))
