"""What the paper broker is set to, made from the document's block `executionEngine.broker.paper`."""

from datetime import timedelta
from decimal import Decimal

from msgspec import Struct

from stockbot.model.fills.rules import FeeSchedule, FillRules
from stockbot.spec.execution_engine import AccountType, PaperBroker, PaperFees


class PaperTerms(Struct, frozen=True, kw_only=True):
    """`settles`: a Cash account, whose sales pay for buys after settlement only, and which is never short."""

    opening_balance: Decimal = Decimal(100_000)
    settles: bool = False
    rules: FillRules = FillRules()
    fees: FeeSchedule = FeeSchedule()


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
