"""The equity curve."""

from datetime import timedelta
from decimal import Decimal

import pytest

from stockbot.testing.clock import START
from stockbot_console.bookkeeper_answers import EquityPoint
from stockbot_console.theme import DARK
from stockbot_console.view_models.ages import epoch_milliseconds
from stockbot_console.view_models.equity_chart import equity_moved, equity_options, span_of, with_now

POINTS = [
    EquityPoint(at=START, equity=Decimal("100.10"), net_deposits=Decimal(100), kind="close"),
    EquityPoint(at=START + timedelta(minutes=1), equity=Decimal("150.20"), net_deposits=Decimal(150)),
]


def test_a_deposit_is_a_step_of_its_own_line() -> None:
    """Beside the curve, so that it does not look like profit; closes are marked on it."""
    curve, deposits = equity_options(POINTS, DARK)["series"]
    assert [value for _, value in curve["data"]] == [100.10, 150.20]
    assert [value for _, value in deposits["data"]] == [100.0, 150.0]
    assert deposits["step"] == "end"
    assert curve["markPoint"]["data"] == [{"coord": [epoch_milliseconds(START), 100.10]}]


def test_a_new_point_changes_the_series_alone() -> None:
    """The axes stay."""
    assert set(equity_moved(POINTS, DARK)) == {"series"}


@pytest.mark.parametrize(("minutes", "equity", "count"), [(2, Decimal(151), 3), (1, Decimal(151), 2), (2, None, 2)])
def test_the_curve_is_carried_on_to_now(minutes: int, equity: Decimal | None, count: int) -> None:
    """Only where the equity is known and later than the last sample."""
    assert len(with_now(POINTS, START + timedelta(minutes=minutes), equity, Decimal(150))) == count


@pytest.mark.parametrize(("name", "found"), [("1w", "1w"), ("all", "all"), ("", "1d"), ("century", "1d")])
def test_an_unknown_span_is_the_first(name: str, found: str) -> None:
    """As people type addresses."""
    assert span_of(name).name == found
