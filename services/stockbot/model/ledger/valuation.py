"""Positions at their marks and the account's worth. Used for PORTFOLIO_UPDATE, the API and the equity curve.

Within one valuation equity is cash + sum(quantity x mark) to the last place: every value is rounded once, and the sums
are made of the rounded values.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from stockbot.events.market import Quote
from stockbot.model.ledger.holding import Holding
from stockbot.model.ledger.money import NOTHING, money


class Mark(Struct, frozen=True, kw_only=True):
    """The last price of a symbol, when it was received, and whether it is too old to trade on."""

    price: Decimal
    at: datetime
    stale: bool = False


class Valued(Struct, frozen=True, kw_only=True):
    """A holding at its mark; value and unrealised profit are None without one."""

    symbol: str
    strategy: str | None
    holding: Holding
    mark: Mark | None
    value: Decimal | None
    unrealised: Decimal | None


class Worth(Struct, frozen=True, kw_only=True):
    """Sums over the account's own positions; None while one of them has no price."""

    value: Decimal | None
    gross: Decimal | None
    unrealised: Decimal | None

    def equity(self, cash: Decimal) -> Decimal | None:
        return None if self.value is None else cash + self.value


def mark_of(quote: Quote, now: datetime, stale_after_seconds: float) -> Mark:
    """Last, else the middle of bid and ask. One that comes from the future is as little worth as an old one."""
    age = (now - quote.receive_time).total_seconds()
    return Mark(price=quote.mark, at=quote.receive_time, stale=quote.stale or abs(age) > stale_after_seconds)


def value(symbol: str, strategy: str | None, holding: Holding, mark: Mark | None) -> Valued:
    if not holding.quantity:
        worth: Decimal | None = NOTHING
    else:
        worth = None if mark is None else money(holding.quantity * mark.price)
    return Valued(
        symbol=symbol,
        strategy=strategy,
        holding=holding,
        mark=mark,
        value=worth,
        unrealised=None if worth is None else worth - holding.cost,
    )


def values(holdings: Mapping[tuple[str, str | None], Holding], marks: Mapping[str, Mark]) -> list[Valued]:
    """Every holding that still has shares, by symbol; the account's own (strategy None) before the strategies'."""
    ordered = sorted(holdings.items(), key=lambda item: (item[0][0], item[0][1] or ""))
    return [
        value(symbol, strategy, holding, marks.get(symbol))
        for (symbol, strategy), holding in ordered
        if holding.quantity
    ]


def worth(positions: Iterable[Valued]) -> Worth:
    """The sums over the account's own positions among these."""
    total = gross = unrealised = NOTHING
    for position in positions:
        if position.strategy is not None:
            continue
        if position.value is None or position.unrealised is None:
            return Worth(value=None, gross=None, unrealised=None)
        total += position.value
        gross += abs(position.value)
        unrealised += position.unrealised
    return Worth(value=total, gross=gross, unrealised=unrealised)
