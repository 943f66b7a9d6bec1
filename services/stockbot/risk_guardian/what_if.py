"""The what-if question: every check of an order that somebody thinks about. Decides nothing, holds nothing."""

from datetime import timedelta
from decimal import Decimal

from stockbot.model.risk.decide import Approved, decide, what_if
from stockbot.model.risk.proposal import propose
from stockbot.risk_guardian.answers import CheckAnswer, CheckRequest, signal_of
from stockbot.risk_guardian.docket import Docket

VALID = timedelta(minutes=1)
NO_PRICE = Decimal(1)  # stands in for a reference where there is no price: PRICE_MISSING says so


def answer(docket: Docket, asked: CheckRequest) -> CheckAnswer:
    """Judge the order as of now. ValueError says what is missing in the question or is no number."""
    market_now, quote = docket.market.time_of(asked.symbol), docket.market.quotes.get(asked.symbol)
    known = NO_PRICE if quote is None else quote.mark
    made_at = market_now if quote is None else quote.source_time
    price = known if asked.reference_price is None else asked.reference_price
    signal = signal_of(asked, price, made_at, market_now + VALID)
    inputs = docket.inputs("what-if", signal)
    order, outcome = propose(inputs), decide(inputs)
    approval = outcome.approval if isinstance(outcome, Approved) else None
    return CheckAnswer(
        approved=approval is not None,
        reduction=order.reduction,
        side=order.side,
        quantity=order.quantity,
        held=None if approval is None else approval.held,
        checks=tuple(what_if(inputs)),
    )
