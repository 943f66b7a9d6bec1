"""What the paper broker is set to, made from the document's block `executionEngine.broker.paper`."""

from datetime import timedelta

from stockbot.model.fills.rules import FeeSchedule, FillRules, PaperTerms
from stockbot.spec.execution_engine import AccountType, PaperBroker, PaperFees


def terms_of(block: PaperBroker) -> PaperTerms:
    rules = FillRules(
        slippage=block.slippage,
        latency=timedelta(milliseconds=block.latency_milliseconds),
        max_share_of_volume=block.max_share_of_volume,
    )
    return PaperTerms(
        opening_balance=block.opening_balance,
        settles=block.account is AccountType.CASH,
        rules=rules,
        fees=_schedule(block.fees),
    )


def _schedule(fees: PaperFees) -> FeeSchedule:
    return FeeSchedule(per_share=fees.per_share, minimum=fees.minimum, maximum_share=fees.maximum_share)
