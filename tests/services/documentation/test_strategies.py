"""The strategy that docs/strategies.md shows is one that the platform takes and runs."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from stockbot.events.market import Bar
from stockbot.model.strategies.parameters import parse_parameters
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Target
from stockbot.strategy_orchestrator.own_strategies import load
from stockbot.testing.clock import START

MINUTE = timedelta(minutes=1)
PAGE = Path(__file__).parents[3] / "docs" / "strategies.md"


def bar_of(price: Decimal, start: datetime) -> Bar:
    end = start + MINUTE
    return Bar(
        symbol="AAPL",
        interval="1m",
        start=start,
        end=end,
        open=price,
        high=price,
        low=price,
        close=price,
        provider="demo",
    )


def test_the_example_of_the_page_trades_as_it_says(tmp_path: Path) -> None:
    """Three falling closes buy, a rising one sells, and nothing else happens."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    (tmp_path / "dip.py").write_text(example)
    own = load(tmp_path, lambda _: None, {})
    assert own.problems == {}
    strategy = own.kinds["Dip"](parse_parameters(own.kinds["Dip"], {"falls": 3}))
    holding = View(position=Decimal(10))
    wishes = []
    for number, close in enumerate(("14", "13", "12", "11", "12")):
        given = strategy.on_bar(bar_of(Decimal(close), START + number * MINUTE), holding)
        wishes.append([wish.fraction for wish in given if isinstance(wish, Target)])
    assert wishes == [[], [], [], [1], [0]]
