"""A person answers for a difference: the broker is right, and our books become as its."""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import Connection

from stockbot.errors import Conflict
from stockbot.events.identity import id_of
from stockbot.events.market import Quote
from stockbot.events.numbers import is_price
from stockbot.execution_engine import account_rows, watch_rows
from stockbot.execution_engine.answers import Acceptance
from stockbot.execution_engine.blotter import Blotter, Source
from stockbot.execution_engine.desk import Desk
from stockbot.execution_engine.watch_rows import DriftItem
from stockbot.model.orders.acts import accept_absence, accept_fills
from stockbot.model.orders.broker import Activity, ActivityKind
from stockbot.model.orders.order import LONGEST_REASON
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
        by = _difference(drift)
        moved = _cash(desk, by, asked, who) if drift.kind is DriftKind.CASH else _shares(desk, by, prices, asked, who)
        _move(desk, moved, blotter)
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
    """What a share of each symbol is worth: the last price; of one that the gateway lacks, what it cost at the broker.

    Before the first tick nobody knows what the gateway has.
    """
    return {**costs, **{symbol: quote.mark for symbol, quote in quotes.items()}} if quotes else {}


def _cash(desk: Desk, by: Decimal, asked: Acceptance, who: str) -> Activity:
    """Cash that came or went unexplained is paid in or out."""
    now, why = desk.clock.now(), f"{who} accepted a difference of cash: {asked.reason}"
    return Activity(
        activity_id=id_of("accepted", desk.account, now.isoformat()),
        kind=ActivityKind.DEPOSIT,
        amount=by,
        note=why[:LONGEST_REASON],
        at=now,
    )


def _shares(desk: Desk, by: Decimal, prices: Mapping[str, Decimal], asked: Acceptance, who: str) -> Activity:
    """Shares that came or went unexplained are nobody's, and worth something; those of a split are the holders'."""
    now, price = desk.clock.now(), Decimal(0) if asked.as_split else _price(asked, prices)
    why = f"{who} accepted a difference of position, at {price} a share: {asked.reason}"
    try:
        return Activity(
            activity_id=id_of("accepted", desk.account, asked.subject, now.isoformat()),
            kind=ActivityKind.SPLIT if asked.as_split else ActivityKind.TRANSFER,
            amount=by * price,
            symbol=asked.subject,
            quantity=by,
            note=why[:LONGEST_REASON],
            at=now,
        )
    except ValueError as error:
        raise Conflict(f"{by:f} {asked.subject} at {price} cannot be booked: {error}") from error


def _move(desk: Desk, moved: Activity, blotter: Blotter) -> None:
    """Our own count, and the row from which the Portfolio Manager books the same; both or neither."""
    if not account_rows.add_activities(blotter.connection, desk.account, [moved], blotter.now):
        raise Conflict("something was accepted at this very moment already: the next comparison shows what is left")
    account_rows.follow(blotter.connection, desk.account, moved)


def _price(asked: Acceptance, prices: Mapping[str, Decimal]) -> Decimal:
    """What a share is worth: the person's word comes first."""
    price = prices.get(asked.subject) if asked.price is None else asked.price
    if price is None:
        raise Conflict(
            f"there is no price of {asked.subject} to book the shares at: wait for the gateway's, or give one as "
            f"`price` to POST /api/v1/reconciliation/accept"
        )
    if not is_price(price):
        raise Conflict(f"price must be between 1E-12 and 1E15, not {price}")
    return price


def _difference(drift: DriftItem) -> Decimal:
    """What our side lacks. Raises Conflict where that was accepted since the last comparison: it moves once."""
    by = Decimal(drift.brokers) - Decimal(drift.ours)
    if not by:
        raise Conflict(
            f"the difference of {drift.kind} {drift.subject} was accepted already: "
            f"the next comparison shows what is left of it"
        )
    return by
