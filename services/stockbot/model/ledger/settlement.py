"""When the proceeds of a sale are settled. For cash accounts, which may spend only settled cash.

US stocks settle one trading day after the trade (T+1, SEC Rule 15c6-1 as of 28 May 2024). Purchases are paid at once
here: settled cash is then never more than the broker's own figure.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from stockbot.model.ledger.days import Days
from stockbot.model.ledger.money import NOTHING


def settles_on(days: Days, traded_on: date, settlement_days: int) -> date:
    """The trading day on which proceeds of that day are settled."""
    day = traded_on
    for _ in range(settlement_days):
        day = days.next_trading_day(day)
    return day


def unsettled(due: Mapping[str, Decimal], today: date) -> Decimal:
    """What is still to come: proceeds by the date that settles them, YYYY-MM-DD."""
    return sum((amount for day, amount in due.items() if day > today.isoformat()), NOTHING)
