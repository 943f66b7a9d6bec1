"""What counts as tightening: nothing may get looser, neither now nor when the document loosens."""

from itertools import product

import pytest

from stockbot.model.risk.trading_state import TradingState, TradingStatus
from stockbot.risk_guardian.state_changes import is_tightening

ORDER = [TradingState.ACTIVE, TradingState.REDUCING, TradingState.HALTED]


@pytest.mark.parametrize(("declared", "before", "after"), list(product([None, *ORDER], ORDER, ORDER)))
def test_a_looser_choice_is_never_a_tightening(
    declared: TradingState | None, before: TradingState, after: TradingState
) -> None:
    """Also where the document's stricter state hides the difference for now: it comes out when the document loosens."""
    tightening = is_tightening(
        TradingStatus(declared=declared, chosen=before), TradingStatus(declared=declared, chosen=after)
    )
    assert tightening == (ORDER.index(after) >= ORDER.index(before))
