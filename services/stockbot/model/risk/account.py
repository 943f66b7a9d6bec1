"""What risk knows of an account: its portfolio, its open holds, and the fills that the portfolio has not booked yet.

Two streams tell it, orders and portfolio, and either may be ahead of the other:
- an order's fill shrinks its hold at once; it counts as spent from then on, here until the portfolio's
  `through_sequence` has reached it, and in the portfolio's cash afterwards;
- a portfolio that is ahead has spent what the hold still keeps: counted twice, never too little.
So money goes from hold to spent and never to free, whichever stream comes first.

Some orders are alternatives: of the two legs of a bracket, and of an order and the one that is to replace it, only one
trades. Each keeps its own hold, under the same `group`, and together they hold what the greatest of them needs. So a
replace is safe whatever comes first: a fill of the old order, the new order, or the broker's no.

An order update that was put aside leaves a gap in the numbers, and may be replayed long after those that follow it.
Until then it is remembered which orders have reported since: of such an order a late report brings its fill alone.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.errors import Conflict
from stockbot.events.portfolio import Portfolio
from stockbot.events.trading import OrderReport, OrderState, Side
from stockbot.model.risk.finite import check_numbers
from stockbot.model.risk.gaps import Gaps, Reported, is_missing, passed_over, reported, without

NOTHING = Decimal(0)
ENDED = frozenset({OrderState.FILLED, OrderState.CANCELED, OrderState.REJECTED, OrderState.EXPIRED})


class Hold(Struct, frozen=True, kw_only=True):
    """The shares that one order may still trade, and the cash kept for them.

    `per_share` is the cash for each share that opens a position; None for an order that risk did not approve: it is
    held at the mark. `fee` is the highest fee that has not been charged yet. Of the orders of one `group` only one
    trades. `replaces` is the client order id of the order that this one is to replace, until it reports itself.
    `protects` marks a leg of a bracket: it closes what was filled, and is no step toward any target.
    """

    strategy: str
    symbol: str
    side: Side
    quantity: Decimal
    filled: Decimal = NOTHING
    per_share: Decimal | None = None
    fee: Decimal = NOTHING
    group: str | None = None
    replaces: str | None = None
    protects: bool = False

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
    """Nothing is known before the first portfolio. Holds go by decision until an order reports, then by order.

    `missing` are the order updates that were passed over, `since` the orders that have reported since the first one.
    """

    name: str
    portfolio: Portfolio | None = None
    order_sequence: int = 0  # of the latest order update applied
    holds: dict[str, Hold] = {}
    fills: tuple[Fill, ...] = ()
    missing: Gaps = ()
    since: dict[str, Reported] = {}


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
    """Take the account's order update of that number, also a late one; one that was applied before changes nothing.

    Raises Conflict for another account.
    """
    _check_account(account, report.account)
    if sequence <= account.order_sequence and not is_missing(account.missing, sequence):
        return account
    missing = passed_over(without(account.missing, sequence), account.order_sequence, sequence)
    latest = account.since.get(report.client_order_id)
    is_late = latest is not None and latest.sequence > sequence
    return replace(
        account,
        order_sequence=max(sequence, account.order_sequence),
        holds=_holds_after_late(account, report) if is_late else _holds_after(account, report),
        fills=(*account.fills, *_unbooked(account, report, sequence)),
        missing=missing,
        since=reported(account.since, report, sequence) if missing else {},
    )


def forget_missing(account: Account) -> Account:
    """Wait no longer for what was passed over: nothing is put aside any more."""
    return replace(account, missing=(), since={}) if account.missing else account


def hold(account: Account, decision_id: str, kept: Hold) -> Account:
    """Keep cash and shares for an approved order. Raises Conflict where this decision holds something already."""
    if decision_id in account.holds:
        raise Conflict(f"decision {decision_id} holds something already")
    return replace(account, holds=held_with(account.holds, decision_id, kept))


def held_with(holds: Mapping[str, Hold], decision_id: str, kept: Hold) -> dict[str, Hold]:
    """The holds with one more; one that is to replace an order becomes that order's alternative."""
    after = dict(holds)
    before = after.get(kept.replaces or "")
    if before is not None and kept.replaces is not None:
        group = before.group or kept.replaces
        after[kept.replaces] = replace(before, group=group)
        kept = replace(kept, group=group, protects=before.protects)
    after[decision_id] = kept
    return after


def open_orders(holds: Mapping[str, Hold]) -> int:
    """How many orders may still trade; alternatives count as one."""
    return len({kept.group or key for key, kept in holds.items()})


def successor(account: Account, client_order_id: str) -> str | None:
    """The decision that is about to replace the order; None where no replace is on its way."""
    found = (key for key, kept in account.holds.items() if kept.replaces == client_order_id)
    return next(found, None)


def release(account: Account, key: str) -> Account:
    """Free what a decision or an order holds; an unknown one holds nothing."""
    return replace(account, holds={name: kept for name, kept in account.holds.items() if name != key})


def _holds_after(account: Account, report: OrderReport) -> dict[str, Hold]:
    holds = {key: _following(kept, report) for key, kept in account.holds.items()}
    begun = _begun(holds, report)
    known = holds.pop(report.client_order_id, None)
    kept = _worked(known or begun or _unapproved(report), report)
    return {**holds, report.client_order_id: kept} if kept.leaves else holds


def _holds_after_late(account: Account, report: OrderReport) -> dict[str, Hold]:
    """Later reports of the order have said what is still open, and whether it ended; the fill they have not counted."""
    holds = {key: _following(kept, report) for key, kept in account.holds.items()}
    kept, told = holds.pop(report.client_order_id, None), account.since[report.client_order_id].filled
    if kept is None or report.execution is None:
        return holds if kept is None else account.holds
    filled = min(kept.filled + report.execution.quantity, max(kept.filled, told))
    kept = replace(kept, filled=filled, fee=max(NOTHING, kept.fee - report.execution.fee))
    return {**holds, report.client_order_id: kept} if kept.leaves else holds


def _following(kept: Hold, report: OrderReport) -> Hold:
    """What is to replace the order trades only what the order has not traded until then.

    Its fee is held for both, as each may be charged one: what the order was charged is held no more.
    """
    execution = report.execution
    if execution is None or kept.replaces != report.client_order_id:
        return kept
    rest, fee = kept.quantity - execution.quantity, kept.fee - execution.fee
    return replace(kept, quantity=max(NOTHING, rest), fee=max(NOTHING, fee))


def _begun(holds: dict[str, Hold], report: OrderReport) -> Hold | None:
    """The hold of an approval whose order reports for the first time: from now on it goes by the order.

    An adopted one may have been filled before this approval was made anew, after an older database was restored.
    """
    kept = holds.pop(report.decision_id or "", None)
    if kept is None:
        return None
    return replace(kept, replaces=None, filled=_told_before(report) if report.adopted else kept.filled)


def _told_before(report: OrderReport) -> Decimal:
    """What was filled before the fill that this report brings."""
    return report.filled_quantity - (NOTHING if report.execution is None else report.execution.quantity)


def _worked(kept: Hold, report: OrderReport) -> Hold:
    """What is still held: a working order's whole rest; of one that ended, the fills that are still to come."""
    quantity = report.filled_quantity if report.state in ENDED else report.quantity
    if report.execution is None:
        return replace(kept, quantity=quantity)
    fee = max(NOTHING, kept.fee - report.execution.fee)
    return replace(kept, quantity=quantity, filled=kept.filled + report.execution.quantity, fee=fee)


def _unapproved(report: OrderReport) -> Hold:
    """An order placed by hand at the broker; or, with a decision whose first order is known, a leg of its bracket."""
    return Hold(
        strategy=report.strategy,
        symbol=report.symbol,
        side=report.side,
        quantity=report.quantity,
        filled=_told_before(report),
        group=report.decision_id,
        protects=report.decision_id is not None,
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
