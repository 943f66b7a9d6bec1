"""How a person's wish becomes a signal: made from the last quote, as a strategy's is, and decided by risk like any."""

from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import UNSET, UnsetType

from stockbot.events.market import Quote
from stockbot.events.trading import Flattening, Intent, OrderTerms, Side, Signal

VALID = timedelta(minutes=1)


def signal_of(
    *,
    account: str,
    strategy: str,
    quote: Quote,
    side: Side,
    quantity: Decimal,
    intent: Intent,
    terms: OrderTerms,
    reason: str,
    now: datetime,
    flatten: Flattening | UnsetType = UNSET,
) -> Signal:
    """A person's signal, made from the last quote. ValueError says what is no number."""
    return Signal(
        strategy=strategy,
        strategy_version="1",
        account=account,
        symbol=quote.symbol,
        intent=intent,
        side=side,
        quantity=quantity,
        terms=terms,
        flatten=flatten,
        reference_price=quote.mark,
        reference_time=quote.source_time,
        valid_until=max(now, quote.source_time) + VALID,
        reason=reason,
        quotes=(quote,),
    )
