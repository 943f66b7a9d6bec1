"""What a venue is set to: how much worse, how late, how little of the volume, at what fee, for which account."""

from datetime import timedelta
from decimal import Decimal

from msgspec import Struct


class FillRules(Struct, frozen=True, kw_only=True):
    """Fractions of a price or of a volume; `stale_after` is by the receipt of a quote.

    `spread` is taken where a quote has only a last price: 4 basis points, what liquid US shares of the S&P 500 mostly
    cost and what the demo market quotes.
    """

    slippage: Decimal = Decimal("0.0002")
    latency: timedelta = timedelta(milliseconds=100)
    max_share_of_volume: Decimal = Decimal("0.1")
    spread: Decimal = Decimal("0.0004")
    stale_after: timedelta = timedelta(seconds=30)


class FeeSchedule(Struct, frozen=True, kw_only=True):
    """What an order costs: `per_share`, at least `minimum`, but never more than `maximum_share` of its value."""

    per_share: Decimal = Decimal("0.005")
    minimum: Decimal = Decimal(1)
    maximum_share: Decimal = Decimal("0.01")


class PaperTerms(Struct, frozen=True, kw_only=True):
    """`settles`: a Cash account, whose sales pay for buys after settlement only, and which is never short."""

    opening_balance: Decimal = Decimal(100_000)
    settles: bool = False
    rules: FillRules = FillRules()
    fees: FeeSchedule = FeeSchedule()
