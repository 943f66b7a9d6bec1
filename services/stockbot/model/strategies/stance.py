"""Which way a strategy that enters and exits turns next, given what it holds: shared by reversion and breakout."""

from decimal import Decimal


def next_stance(held: Decimal, *, buy: bool, sell: bool, close_long: bool, close_short: bool) -> int | None:
    """Return 1 for long, -1 for short, 0 for flat, or None to stay.

    An entry beats an exit and turns a position round; `held` is the signed position, working orders counted.
    """
    if buy and held <= 0:
        return 1
    if sell and held >= 0:
        return -1
    if (held > 0 and close_long) or (held < 0 and close_short):
        return 0
    return None
