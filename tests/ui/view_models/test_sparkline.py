"""The small line of the last prices."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from stockbot_console.view_models.sparkline import HEIGHT, WIDTH, sparkline_points

prices = st.lists(st.decimals(min_value="0.01", max_value=10_000, places=2), min_size=2, max_size=60)


def test_one_price_is_no_line() -> None:
    """Below two prices there is nothing to draw."""
    assert sparkline_points([Decimal(1)]) == ""


def test_a_rise_ends_at_the_top() -> None:
    """The lowest price is at the bottom margin and the highest at the top one, since SVG counts down."""
    assert sparkline_points([Decimal(1), Decimal(2), Decimal(3)]) == "0.0,20.0 48.0,11.0 96.0,2.0"


def test_stillness_is_a_level_line() -> None:
    """Where nothing moved the line is in the middle."""
    assert sparkline_points([Decimal(5), Decimal(5)]) == "0.0,11.0 96.0,11.0"


@given(prices)
def test_the_line_stays_in_its_box(series: list[Decimal]) -> None:
    """Whatever the prices, every point is inside the box, from its left edge to its right one."""
    points = [tuple(map(float, point.split(","))) for point in sparkline_points(series).split()]
    assert len(points) == len(series)
    assert (points[0][0], points[-1][0]) == (0, WIDTH)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
