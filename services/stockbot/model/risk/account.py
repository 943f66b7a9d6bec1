"""What risk knows of an account: its portfolio, its open holds, and the fills that the portfolio has not booked yet.

Two streams tell it, orders and portfolio, and either may be ahead of the other:
- an order's fill shrinks its hold at once; it counts as spent from then on, here until the portfolio's
  `through_sequence` has reached it, and in the portfolio's cash afterwards;
- a portfolio that is ahead has spent what the hold still keeps: counted twice, never too little.
So money goes from hold to spent and never to free, whichever stream comes first.
"""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.errors import Conflict
from stockbot.events.portfolio import Portfolio
from stockbot.events.trading import OrderReport, OrderState, Side
from stockbot.model.risk.finite import check_numbers

NOTHING = Decimal(0)
ENDED = frozenset({OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED})


class Hold(Struct, frozen=True, kw_only=True):
    """The shares that one order may still trade, and the cash kept for them.

    `per_share` is the cash for each share that opens a position; None for an order that risk did not approve: it is
    held at the mark. `fee` is the highest fee that has not been charged yet.
    """

    strategy: str
    symbol: str
    side: Side
    quantity: Decimal
    filled: Decimal = NOTHING
    per_share: Decimal | None = None
    fee: Decimal = NOTHING

    def __post_init__(self) -> None:
        check_numbers(quantity=self.quantity, filled=self.filled, per_share=self.per_share, fee=self.fee)

    @property
    def leaves(self) -> Decimal:
        return max(NOTHING, self.quantity - self.filled)


class Fill(Struct, frozen=True, kw_only=True):
    """An execution that the portfolio has not booked: shares, price per share, fee."""

    sequence: int
    strategy: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal

    @property
    def cost(self) -> Decimal:
        """What it took from the cash; below zero where it brought some."""
        return self.change * self.price + self.fee

    @property
    def change(self) -> Decimal:
        """What it did to the position, in shares."""
        return self.quantity if self.side is Side.BUY else -self.quantity


class Account(Struct, frozen=True, kw_only=True):
    """Nothing is known before the first portfolio. Holds go by decision until an order reports, then by order."""

    name: str
    portfolio: Portfolio | None = None
    order_sequence: int = 0  # of the latest order update applied
    holds: dict[str, Hold] = {}
    fills: tuple[Fill, ...] = ()


def apply_portfolio(account: Account, portfolio: Portfolio) -> Account:
    """Take a newer state of the portfolio; an older one or a repeated one changes nothing.

    Raises Conflict for another account, and for a newer version that has booked less than an earlier one.
    """
    _check_account(account, portfolio.account)
    known = account.portfolio
    if known is not None and portfolio.version <= known.version:
        return account
    if known is not None and portfolio.through_sequence < known.through_sequence:
        raise Conflict(
            f"portfolio version {portfolio.version} of {account.name} is booked through order update"
            f" {portfolio.through_sequence}, version {known.version} was through {known.through_sequence}"
        )
    unbooked = tuple(fill for fill in account.fills if fill.sequence > portfolio.through_sequence)
    return replace(account, portfolio=portfolio, fills=unbooked)


def apply_order_update(account: Account, report: OrderReport, sequence: int) -> Account:
    """Take the account's order update of that number; one that was applied before changes nothing.

    Raises Conflict for another account.
    """
    _check_account(account, report.account)
    if sequence <= account.order_sequence:
        return account
    return replace(
        account,
        order_sequence=sequence,
        holds=_holds_after(account, report),
        fills=(*account.fills, *_unbooked(account, report, sequence)),
    )


def hold(account: Account, decision_id: str, kept: Hold) -> Account:
    """Keep cash and shares for an approved order. Raises Conflict where this decision holds something already."""
    if decision_id in account.holds:
        raise Conflict(f"decision {decision_id} holds something already")
    return replace(account, holds={**account.holds, decision_id: kept})


def release(account: Account, key: str) -> Account:
    """Free what a decision or an order holds; an unknown one holds nothing."""
    return replace(account, holds={name: kept for name, kept in account.holds.items() if name != key})


def _holds_after(account: Account, report: OrderReport) -> dict[str, Hold]:
    holds = dict(account.holds)
    kept = holds.pop(report.client_order_id, None) or holds.pop(report.decision_id or "", None) or _unapproved(report)
    kept = _worked(kept, report)
    return {**holds, report.client_order_id: kept} if kept.leaves else holds


def _worked(kept: Hold, report: OrderReport) -> Hold:
    """What is still held: a working order's whole rest; of one that ended, the fills that are still to come."""
    quantity = report.filled_quantity if report.state in ENDED else report.quantity
    if report.execution is None:
        return replace(kept, quantity=quantity)
    fee = max(NOTHING, kept.fee - report.execution.fee)
    return replace(kept, quantity=quantity, filled=kept.filled + report.execution.quantity, fee=fee)


def _unapproved(report: OrderReport) -> Hold:
    newly = NOTHING if report.execution is None else report.execution.quantity
    return Hold(
        strategy=report.strategy,
        symbol=report.symbol,
        side=report.side,
        quantity=report.quantity,
        filled=report.filled_quantity - newly,
    )


def _unbooked(account: Account, report: OrderReport, sequence: int) -> tuple[Fill, ...]:
    booked = account.portfolio is not None and sequence <= account.portfolio.through_sequence
    if report.execution is None or booked:
        return ()
    fill = Fill(
        sequence=sequence,
        strategy=report.strategy,
        symbol=report.symbol,
        side=report.side,
        quantity=report.execution.quantity,
        price=report.execution.price,
        fee=report.execution.fee,
    )
    return (fill,)


def _check_account(account: Account, named: str) -> None:
    if named != account.name:
        raise Conflict(f"an update of account {named} does not belong to account {account.name}")
