"""From a wish to a signal: sized, priced, with its id and its expiry, or withheld with the reason. Used by `run`."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import blake2b

from msgspec import Struct

from stockbot.events.envelope import Name, Symbol
from stockbot.events.market import Quote
from stockbot.events.trading import Intent, OrderTerms, Side, Signal
from stockbot.model.strategies import sizing
from stockbot.model.strategies.schedule import Sessions
from stockbot.model.strategies.sizing import Sizing, Unsized
from stockbot.model.strategies.view import View
from stockbot.model.strategies.wishes import Cancel, Enter, Exit, OrderChange, Replace, Target, Wish

TICK = "tick"  # stands for the interval in the id of a signal made from a quote
_ZERO = Decimal(0)
_INTENTS: dict[type[Wish], Intent] = {
    Target: Intent.TARGET,
    Enter: Intent.ENTER,
    Exit: Intent.EXIT,
    Cancel: Intent.CANCEL,
    Replace: Intent.REPLACE,
}


class Instance(Struct, frozen=True, kw_only=True):
    """One strategy of the document, as the decisions need it; `lot` is the smallest step of a quantity in shares."""

    name: Name
    account: Name
    interval: str
    sizing: Sizing
    schedule: Sessions = Sessions.REGULAR
    lot: Decimal = Decimal(1)


class Occasion(Struct, frozen=True, kw_only=True):
    """What wishes were made of: the price per share and its time, the quotes, and what they are worth until when."""

    symbol: Symbol
    version: Name
    price: Decimal
    priced_at: datetime
    expires: datetime
    volatility: Decimal | None = None
    quotes: tuple[Quote, ...] = ()


class Withheld(Struct, frozen=True):
    """A wish that led to no signal, and why, in words."""

    reason: str


class _Order(Struct, frozen=True):
    """Which way and how much: the part in which the kinds of wishes differ."""

    side: Side
    quantity: Decimal
    target: Decimal | None = None
    changed: str | None = None  # the working order that is to be canceled or replaced


def signal_id(instance: str, symbol: str, interval: str, at: datetime, index: int) -> str:
    """The id of wish number `index` of what ended, or was quoted, at `at`: never of code, parameters or wall time."""
    parts = json.dumps([instance, symbol, interval, at.astimezone(UTC).isoformat(timespec="microseconds"), index])
    return blake2b(parts.encode(), digest_size=16).hexdigest()


def signal_of(wish: Wish, instance: Instance, view: View, occasion: Occasion) -> Signal | Withheld:
    """The signal that fulfils the wish from where the view stands."""
    order = _order(wish, instance, view, occasion)
    if isinstance(order, Withheld):
        return order
    return Signal(
        strategy=instance.name,
        strategy_version=occasion.version,
        account=instance.account,
        symbol=occasion.symbol,
        intent=_INTENTS[type(wish)],
        side=order.side,
        quantity=order.quantity,
        target=order.target,
        order=order.changed,
        terms=OrderTerms() if isinstance(wish, Cancel) else wish.terms,
        reference_price=occasion.price,
        reference_time=occasion.priced_at,
        valid_until=occasion.expires,
        reason=wish.reason,
        indicators={} if isinstance(wish, OrderChange) else wish.indicators,
        quotes=occasion.quotes,
    )


def _order(wish: Wish, instance: Instance, view: View, occasion: Occasion) -> _Order | Withheld:
    match wish:
        case Cancel() | Replace():
            return _changed(wish.client_order_id, view)
        case Target():
            return _toward(wish, instance, view, occasion)
        case Enter():
            size = _sized(wish.fraction, instance, view, occasion)
            return size if isinstance(size, Withheld) else _Order(_side(size), abs(size))
        case Exit():
            return _closing(wish, instance, view)


def _changed(client_order_id: str, view: View) -> _Order | Withheld:
    """One of the strategy's own working orders, with what it may still trade."""
    own = next((order for order in view.orders if order.client_order_id == client_order_id), None)
    if own is None:
        return Withheld(f"{client_order_id} is not a working order of this strategy")
    return _Order(own.side, own.leaves, changed=client_order_id)


def _toward(wish: Target, instance: Instance, view: View, occasion: Occasion) -> _Order | Withheld:
    held = view.expected
    if wish.band is None and held * _exact(wish.fraction) > 0:
        return Withheld(f"already {'long' if held > 0 else 'short'}: {held:f} shares with what is on its way")
    target = _sized(wish.fraction, instance, view, occasion) if wish.fraction else _ZERO
    if isinstance(target, Withheld):
        return target
    missing = target - held
    if abs(missing) <= _exact(wish.band or 0.0) * abs(target):
        return Withheld(f"already there: {held:f} shares with what is on its way, wished for {target:f}")
    return _Order(_side(missing), abs(missing), target)


def _closing(wish: Exit, instance: Instance, view: View) -> _Order | Withheld:
    """What is left to close; the whole of it to the last fraction of a share, a part of it in lots."""
    wished = abs(view.position)
    if wish.fraction < 1:
        wished = sizing.to_lot(wished * _exact(wish.fraction), instance.lot)
    shares = min(wished, view.closable)
    if shares == _ZERO:
        return Withheld(f"nothing to close: {view.position:f} shares, {view.working:f} on their way")
    return _Order(_side(-view.position), shares)


def _sized(fraction: float, instance: Instance, view: View, occasion: Occasion) -> Decimal | Withheld:
    """Signed shares, above or below zero; the fraction is of the budget's shares, rounded toward zero to the lot."""
    whole = sizing.quantity(
        instance.sizing,
        price=occasion.price,
        equity=view.equity,
        volatility=occasion.volatility,
        lot=instance.lot,
    )
    if isinstance(whole, Unsized):
        return Withheld(whole.reason)
    shares = sizing.to_lot(whole * _exact(abs(fraction)), instance.lot)
    if shares == _ZERO:
        return Withheld(f"{fraction:g} of {whole:f} shares is less than one lot")
    return shares if fraction > 0 else -shares


def _exact(fraction: float) -> Decimal:
    """The shortest decimal that reads as this float: 0.1 is one tenth."""
    return Decimal(repr(fraction))


def _side(shares: Decimal) -> Side:
    return Side.BUY if shares > 0 else Side.SELL
