"""When the proceeds of a sale are settled. For cash accounts, which may spend only settled cash.

US stocks settle one business day after the trade (T+1, SEC Rule 15c6-1 as of 28 May 2024). On Columbus Day and on
Veterans Day the exchange is open and banks are closed: such a day trades, and settles nothing. Purchases are paid at
once here: settled cash is then never more than the broker's own figure.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from stockbot.model.ledger.days import Days
from stockbot.model.ledger.money import NOTHING

MONDAY, OCTOBER, NOVEMBER = 0, 10, 11
SECOND_WEEK = range(8, 15)
VETERANS_DAY = 11


def settles_on(days: Days, traded_on: date, settlement_days: int) -> date:
    """The business day on which proceeds of that day are settled."""
    day = traded_on
    for _ in range(settlement_days):
        day = days.next_trading_day(day)
        while not days.always_open and is_bank_holiday(day):
            day = days.next_trading_day(day)
    return day


def is_bank_holiday(day: date) -> bool:
    """Whether banks alone are closed: the second Monday of October; 11 November, or the Monday after such a Sunday."""
    monday = day.weekday() == MONDAY
    if day.month == OCTOBER:
        return monday and day.day in SECOND_WEEK
    return day.month == NOVEMBER and (day.day == VETERANS_DAY or (monday and day.day == VETERANS_DAY + 1))


def unsettled(due: Mapping[str, Decimal], today: date) -> Decimal:
    """What is still to come: proceeds by the date that settles them, YYYY-MM-DD."""
    return sum((amount for day, amount in due.items() if day > today.isoformat()), NOTHING)
