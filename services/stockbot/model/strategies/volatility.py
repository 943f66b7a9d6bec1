"""How much a price moves in a year, from its closes, in exact decimals. Used by sizing."""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from itertools import pairwise

from stockbot.model import intervals

TRADING_DAYS = 252  # a year of XNYS: 251.6 sessions on average since 2000, counted in exchange-calendars
SESSION_MINUTES = 390  # 9:30 to 16:00 in New York, the regular session of NYSE and Nasdaq

_DIGITS = 40


def bars_per_year(interval: str) -> Decimal:
    """How many bars of `interval` a year of regular sessions holds.

    Raises ConfigurationError where there is no such interval.
    """
    minutes = Decimal(intervals.length_of(interval).total_seconds()) / 60
    return Decimal(TRADING_DAYS) if interval == intervals.DAY else TRADING_DAYS * SESSION_MINUTES / minutes


def annual_volatility(closes: Sequence[Decimal], interval: str) -> Decimal | None:
    """The sample standard deviation of the simple returns from close to close, times the root of the bars in a year.

    0.2 is 20 % a year. None for fewer than three closes: two returns are needed. Closes are above zero.
    """
    if len(closes) < 3:  # noqa: PLR2004 - the docstring's number
        return None
    with localcontext(prec=_DIGITS):
        returns = [after / before - 1 for before, after in pairwise(closes)]
        mean = sum(returns, Decimal(0)) / len(returns)
        variance = sum(((one - mean) ** 2 for one in returns), Decimal(0)) / (len(returns) - 1)
        return (variance * bars_per_year(interval)).sqrt()
