"""The fee of an order, and what one more fill of it adds.

Charged on what the order has traded so far, less what was charged before: so the fees of its fills add up to the fee of
the whole order, into however many fills it falls. Exact, as brokers bill that charge by the share; nothing is rounded.
"""

from decimal import Decimal

from stockbot.model.fills.rules import FeeSchedule

NOTHING = Decimal(0)


def fee_of(quantity: Decimal, value: Decimal, schedule: FeeSchedule) -> Decimal:
    """The fee of an order that has traded `quantity` shares for `value` in all; zero for one that has not."""
    if not quantity:
        return NOTHING
    return min(max(schedule.per_share * quantity, schedule.minimum), schedule.maximum_share * value)
