"""A strategy's trades: from flat to flat in one symbol. Used by the ledger's movements.

A trade opens when the strategy's position leaves zero and closes when it comes back to zero or goes through it; a fill
through zero ends one trade and begins the next, and its fee is split by shares. (Risk counts losing trades the same
way.) Profit is after fees.
"""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.envelope import Time
from stockbot.model.ledger.holding import closing_part
from stockbot.model.ledger.money import NOTHING, fine, money

MOST_SIGNALS = 100  # that one trade names


class Part(Struct, frozen=True, kw_only=True):
    """Shares of one fill that belong to one trade, with their share of its fee."""

    change: Decimal
    price: Decimal
    fee: Decimal
    at: Time
    correlationid: str
    signal_id: str | None = None


class RoundTrip(Struct, frozen=True, kw_only=True):
    """A trade that is open. Shares signed in `quantity`, above zero in `entered` and `exited`; values likewise.

    `highest` and `lowest` are the extremes of the prices seen meanwhile, per share.
    """

    quantity: Decimal
    entered: Decimal
    entry_value: Decimal
    exited: Decimal = NOTHING
    exit_value: Decimal = NOTHING
    fees: Decimal = NOTHING
    opened_at: Time
    correlationid: str
    signal_ids: tuple[str, ...] = ()
    highest: Decimal
    lowest: Decimal


class Trade(Struct, frozen=True, kw_only=True):
    """A trade that is over. `adverse` and `favourable` are the worst and best price seen, as returns on entry."""

    strategy: str
    symbol: str
    direction: str  # long or short
    quantity: Decimal
    entry_price: Decimal
    exit_price: Decimal
    opened_at: Time
    closed_at: Time
    profit: Decimal
    fees: Decimal
    return_fraction: Decimal
    adverse: Decimal
    favourable: Decimal
    signal_ids: tuple[str, ...]
    correlationid: str
    closing_correlationid: str


class Trip(Struct, frozen=True, kw_only=True):
    """What a fill leaves open, and the trade that it ended."""

    open: RoundTrip | None
    ended: Trade | None = None


def take(before: RoundTrip | None, fill: Part, strategy: str, symbol: str) -> Trip:
    """The strategy's trade in the symbol after a fill."""
    closing = closing_part(before.quantity, fill.change) if before else NOTHING
    closing_fee = money(fill.fee * abs(closing / fill.change))
    trip, ended = before, None
    if before and closing:
        reduced = _reduced(before, replace(fill, change=closing, fee=closing_fee))
        trip = reduced if reduced.quantity else None
        if trip is None:
            ended = _ended(reduced, fill, strategy, symbol, is_long=before.quantity > 0)
    if fill.change != closing:
        trip = _increased(trip, replace(fill, change=fill.change - closing, fee=fill.fee - closing_fee))
    return Trip(open=trip, ended=ended)


def split(before: RoundTrip, quantity: Decimal, factor: Decimal) -> RoundTrip:
    """The same trade in new shares: `quantity` are open now, for each old one there are `factor` new ones."""
    exited = fine(before.exited * factor)
    return replace(
        before,
        quantity=quantity,
        entered=exited + abs(quantity),
        exited=exited,
        highest=fine(before.highest / factor),
        lowest=fine(before.lowest / factor),
    )


def marked(before: RoundTrip, *prices: Decimal) -> RoundTrip:
    """The trade once these prices were seen."""
    return replace(before, lowest=min((before.lowest, *prices)), highest=max((before.highest, *prices)))


def _increased(before: RoundTrip | None, part: Part) -> RoundTrip:
    shares, value = abs(part.change), money(abs(part.change) * part.price)
    if before is None:
        return RoundTrip(
            quantity=part.change,
            entered=shares,
            entry_value=value,
            fees=part.fee,
            opened_at=part.at,
            correlationid=part.correlationid,
            signal_ids=_with((), part.signal_id),
            highest=part.price,
            lowest=part.price,
        )
    return replace(
        _touched(before, part),
        quantity=before.quantity + part.change,
        entered=before.entered + shares,
        entry_value=before.entry_value + value,
    )


def _reduced(before: RoundTrip, part: Part) -> RoundTrip:
    return replace(
        _touched(before, part),
        quantity=before.quantity + part.change,
        exited=before.exited + abs(part.change),
        exit_value=before.exit_value + money(abs(part.change) * part.price),
    )


def _touched(before: RoundTrip, part: Part) -> RoundTrip:
    return replace(
        before,
        fees=before.fees + part.fee,
        signal_ids=_with(before.signal_ids, part.signal_id),
        highest=max(before.highest, part.price),
        lowest=min(before.lowest, part.price),
    )


def _with(known: tuple[str, ...], signal_id: str | None) -> tuple[str, ...]:
    if signal_id is None or signal_id in known or len(known) >= MOST_SIGNALS:
        return known
    return (*known, signal_id)


def _ended(trip: RoundTrip, last: Part, strategy: str, symbol: str, *, is_long: bool) -> Trade:
    gained = trip.exit_value - trip.entry_value
    profit = (gained if is_long else -gained) - trip.fees
    entry_price = fine(trip.entry_value / trip.entered)
    up, down = _change(entry_price, trip.highest), _change(entry_price, trip.lowest)
    return Trade(
        strategy=strategy,
        symbol=symbol,
        direction="long" if is_long else "short",
        quantity=trip.entered,
        entry_price=entry_price,
        exit_price=fine(trip.exit_value / trip.exited),
        opened_at=trip.opened_at,
        closed_at=last.at,
        profit=profit,
        fees=trip.fees,
        return_fraction=fine(profit / trip.entry_value) if trip.entry_value else NOTHING,
        adverse=fine(min(NOTHING, down if is_long else -up)),
        favourable=fine(max(NOTHING, up if is_long else -down)),
        signal_ids=trip.signal_ids,
        correlationid=trip.correlationid,
        closing_correlationid=last.correlationid,
    )


def _change(before: Decimal, after: Decimal) -> Decimal:
    """A return; zero on shares that cost nothing, as those that were moved in from another broker may."""
    return after / before - 1 if before else NOTHING
