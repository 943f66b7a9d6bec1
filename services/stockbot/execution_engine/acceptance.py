"""A person answers for a difference: the broker is right, and our books become as its."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import Connection

from stockbot.errors import Conflict
from stockbot.events.identity import id_of
from stockbot.events.market import Quote
from stockbot.execution_engine import account_rows, watch_rows
from stockbot.execution_engine.answers import Acceptance
from stockbot.execution_engine.blotter import Blotter, Source
from stockbot.execution_engine.desk import Desk
from stockbot.execution_engine.watch_rows import DriftItem
from stockbot.model.orders.acts import accept_absence, accept_fills
from stockbot.model.orders.broker import Activity, ActivityKind
from stockbot.model.orders.order import EXTERNAL, LONGEST_REASON
from stockbot.model.orders.reconciliation import DriftKind


def accept(desk: Desk, prices: Mapping[str, Decimal], asked: Acceptance, who: str, connection: Connection) -> None:
    """Take the broker's side of one difference, in this transaction. `prices` are what a share of each symbol is worth.

    Raises Conflict where there is none, or where nobody knows what the shares of a position are worth.
    """
    blotter = desk.blotter(connection)
    found = [one for one in watch_rows.drifts(connection) if (one.kind, one.subject) == (asked.kind, asked.subject)]
    if not found:
        raise Conflict(
            f"there is no difference of {asked.kind} {asked.subject}: GET reconciliation lists what there is"
        )
    drift = found[0]
    if drift.kind in (DriftKind.CASH, DriftKind.POSITION):
        by, why = _difference(drift), f"{who} accepted a difference of {drift.kind}: {asked.reason}"
        if drift.kind is DriftKind.CASH:
            _move_cash(desk, by, why, blotter)
        else:
            _move_shares(desk, drift.subject, by, _price(asked, prices), why, blotter)
        watch_rows.even_out(connection, drift)
    else:
        blotter.load([drift.subject])
        order, why = blotter.orders[drift.subject], f"{who}: {asked.reason}"
        decide = accept_absence if drift.kind is DriftKind.ORDER else accept_fills
        blotter.act(decide(order, blotter.now, why), Source.PERSON)
    what = f"ours={drift.ours} brokers={drift.brokers}: {asked.reason}"
    watch_rows.audit(connection, who, "accept", f"{drift.kind} {drift.subject}", what, blotter.now)
    blotter.close()


def prices_of(quotes: Mapping[str, Quote], costs: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """What a share of each symbol is worth: the last price, else what it cost at the broker."""
    return {**costs, **{symbol: quote.mark for symbol, quote in quotes.items()}}


def _move_cash(desk: Desk, by: Decimal, why: str, blotter: Blotter) -> None:
    """Cash that came or went unexplained is paid in or out: the Portfolio Manager books it from the same row."""
    moved = Activity(
        activity_id=id_of("accepted", desk.account, blotter.now.isoformat()),
        kind=ActivityKind.DEPOSIT,
        amount=by,
        note=why[:LONGEST_REASON],
        at=blotter.now,
    )
    account_rows.add_activities(blotter.connection, desk.account, [moved], blotter.now)
    account_rows.move_cash(blotter.connection, desk.account, by)


def _move_shares(desk: Desk, symbol: str, by: Decimal, price: Decimal, why: str, blotter: Blotter) -> None:
    """Shares that came or went unexplained are nobody's; the Portfolio Manager books them from the same row."""
    try:
        moved = Activity(
            activity_id=id_of("accepted", desk.account, symbol, blotter.now.isoformat()),
            kind=ActivityKind.TRANSFER,
            amount=by * price,
            symbol=symbol,
            quantity=by,
            note=why[:LONGEST_REASON],
            at=blotter.now,
        )
    except ValueError as error:
        raise Conflict(f"{by:f} {symbol} at {price} cannot be booked: {error}") from error
    account_rows.add_activities(blotter.connection, desk.account, [moved], blotter.now)
    account_rows.move_positions(blotter.connection, desk.account, {(EXTERNAL, symbol): by})


def _price(asked: Acceptance, prices: Mapping[str, Decimal]) -> Decimal:
    """What a share is worth: the person's word comes first."""
    if asked.price is not None:
        return asked.price
    if asked.subject not in prices:
        raise Conflict(f"there is no price of {asked.subject} to book the shares at: give one as `price`")
    return prices[asked.subject]


def _difference(drift: DriftItem) -> Decimal:
    """What our side lacks. Raises Conflict where that was accepted since the last comparison: it moves once."""
    by = Decimal(drift.brokers) - Decimal(drift.ours)
    if not by:
        raise Conflict(
            f"the difference of {drift.kind} {drift.subject} was accepted already: "
            f"the next comparison shows what is left of it"
        )
    return by
