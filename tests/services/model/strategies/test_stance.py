"""Which way to turn, for every holding and every combination of rules."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockbot.model.strategies.stance import next_stance


@pytest.mark.parametrize(
    ("held", "rules", "stance"),
    [
        (0, "buy", 1),
        (0, "sell", -1),
        (0, "close_long", None),
        (0, "close_short", None),
        (5, "buy", None),
        (5, "sell", -1),
        (5, "close_long", 0),
        (5, "close_short", None),
        (-5, "buy", 1),
        (-5, "sell", None),
        (-5, "close_long", None),
        (-5, "close_short", 0),
        (-5, "buy close_short", 1),
        (5, "sell close_long", -1),
        (5, "", None),
    ],
)
def test_which_way_to_turn(held: int, rules: str, stance: int | None) -> None:
    """Enter when flat, turn round on the opposite entry, close on the exit of one's own side, else stay."""
    given_ = {name: name in rules.split() for name in ("buy", "sell", "close_long", "close_short")}
    assert next_stance(Decimal(held), **given_) == stance


@given(st.integers(-5, 5), st.booleans(), st.booleans(), st.booleans())
def test_a_long_only_strategy_never_goes_short(held: int, buy: bool, close_long: bool, close_short: bool) -> None:
    """Without the rule to sell nothing leads below zero."""
    stance = next_stance(Decimal(held), buy=buy, sell=False, close_long=close_long, close_short=close_short)
    assert stance in {None, 0, 1}
