"""Buy and hold: it buys once, and trades again only outside its band."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from stockbot.events.market import Bar, Session
from stockbot.events.trading import Side
from stockbot.model.strategies.buy_and_hold import BuyAndHold, BuyAndHoldParameters
from stockbot.model.strategies.run import Run, decide
from stockbot.model.strategies.signals import Instance
from stockbot.model.strategies.sizing import PercentOfEquity
from stockbot.model.strategies.view import View

MakeBars = Callable[..., list[Bar]]


@pytest.mark.parametrize(
    ("held", "price", "trade"),
    [
        (0, 100, (Side.BUY, 100)),
        (100, 105, None),  # 95 wished for: 5.3 % off
        (100, 112, (Side.SELL, 11)),  # 89 wished for: 12.4 % off
        (100, 95, None),  # 105 wished for: 4.8 % off
        (100, 88, (Side.BUY, 13)),  # 113 wished for: 11.5 % off
    ],
)
def test_when_it_trades(make_bars: MakeBars, held: int, price: int, trade: tuple[Side, int] | None) -> None:
    """A tenth of an equity of 100,000 within a band of 10 %: the position is brought back to its size."""
    sizing = PercentOfEquity(Decimal(10))
    instance = Instance(name="core", account="paper", interval="1m", sizing=sizing)
    run = Run(instance, "AAPL", BuyAndHold(BuyAndHoldParameters(band_percent=10.0)))
    view = View(position=Decimal(held), equity=Decimal(100_000))
    made = decide(run, make_bars([price])[0], view, session=Session.OPEN).signals
    expected = [] if trade is None else [(trade[0], Decimal(trade[1]))]
    assert [(signal.side, signal.quantity) for _, signal in made] == expected
