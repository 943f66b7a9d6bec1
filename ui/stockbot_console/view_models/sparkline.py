"""A small line of the last prices, as the points of an SVG polyline. Used by the watchlist."""

from collections.abc import Sequence
from decimal import Decimal

WIDTH, HEIGHT, MARGIN = 96, 22, 2
LEAST_POINTS = 2


def sparkline_points(prices: Sequence[Decimal]) -> str:
    """Write `x,y` pairs, oldest first, scaled to the box: none below two prices, a level line if still."""
    if len(prices) < LEAST_POINTS:
        return ""
    lowest, highest = float(min(prices)), float(max(prices))
    step = WIDTH / (len(prices) - 1)
    return " ".join(f"{index * step:.1f},{_y(float(price), lowest, highest):.1f}" for index, price in enumerate(prices))


def _y(price: float, lowest: float, highest: float) -> float:
    if highest == lowest:
        return HEIGHT / 2
    return MARGIN + (highest - price) / (highest - lowest) * (HEIGHT - 2 * MARGIN)
