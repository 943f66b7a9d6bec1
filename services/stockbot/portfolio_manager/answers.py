"""The API's own shapes, and how they are made of an account at its marks. Pure."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from stockbot.model.ledger.money import NOTHING, fine
from stockbot.model.ledger.valuation import Valued
from stockbot.model.risk.session_day import start_equity
from stockbot.portfolio_manager.equity_curve import Point, growth
from stockbot.portfolio_manager.views import ValuedView


class AccountItem(Struct, frozen=True, kw_only=True):
    """Money in the account's currency; None where a price or the session's start is not known.

    `version` is of the state that was published last; where another process publishes, one that it does not exceed.

    `equity` less `net_deposits` is `realised` + `unrealised` + `dividends` + `interest` - `fees`. `drawdown` is how far
    growth is below its highest, as a fraction.
    """

    account: str
    broker: str
    mode: str
    currency: str
    cash: Decimal
    settled_cash: Decimal | None
    unsettled_cash: Decimal
    positions_value: Decimal | None
    equity: Decimal | None
    net_deposits: Decimal
    realised: Decimal
    unrealised: Decimal | None
    fees: Decimal
    dividends: Decimal
    interest: Decimal
    day_profit: Decimal | None
    day_start_equity: Decimal | None
    session: str | None
    drawdown: Decimal | None
    version: int
    through_sequence: int
    as_of: datetime


class PositionItem(Struct, frozen=True, kw_only=True):
    """Shares at average cost; `strategy` None is the account's own. `stale`: the mark is too old to trade on."""

    account: str
    strategy: str | None
    symbol: str
    quantity: Decimal
    average_price: Decimal
    mark: Decimal | None
    marked_at: datetime | None
    stale: bool
    value: Decimal | None
    unrealised: Decimal | None
    realised: Decimal
    fees: Decimal


class HeldItem(Struct, frozen=True, kw_only=True):
    symbol: str
    quantity: Decimal
    mark: Decimal | None
    value: Decimal | None


class NowAnswer(Struct, frozen=True, kw_only=True):
    """One moment: equity is cash plus all values, to the last place; None while a position has no price."""

    cash: Decimal
    positions: tuple[HeldItem, ...]
    equity: Decimal | None
    at: datetime


class PointItem(Struct, frozen=True, kw_only=True):
    at: datetime
    equity: Decimal
    cash: Decimal
    net_deposits: Decimal
    drawdown: Decimal
    kind: str


class EquityAnswer(Struct, frozen=True, kw_only=True):
    account: str
    currency: str
    points: tuple[PointItem, ...]
    now: NowAnswer


def account_item(at_marks: ValuedView, last: Point | None, now: datetime, version: int | None) -> AccountItem:
    """The account as of `now`; `last` is the last point of its equity curve, `version` of its last published state."""
    view, equity = at_marks.view, at_marks.equity
    state, balances = view.state, view.state.balances
    started = None if state.day is None else start_equity(state.day, balances.net_deposits)
    return AccountItem(
        account=state.account,
        broker=state.broker,
        mode=state.mode,
        currency=state.currency,
        cash=balances.cash,
        settled_cash=view.settled_cash,
        unsettled_cash=view.unsettled,
        positions_value=at_marks.worth.value,
        equity=equity,
        net_deposits=balances.net_deposits,
        realised=balances.realised,
        unrealised=at_marks.worth.unrealised,
        fees=balances.fees,
        dividends=balances.dividends,
        interest=balances.interest,
        day_profit=None if equity is None or started is None else equity - started,
        day_start_equity=started,
        session=None if state.day is None else state.day.date,
        drawdown=_drawdown(equity, balances.net_deposits, last),
        version=state.version if version is None else version,
        through_sequence=state.through_sequence,
        as_of=now,
    )


def position_items(at_marks: ValuedView, strategy: str) -> list[PositionItem]:
    """The positions of all, of the account itself (`account`), or of one strategy."""
    account = at_marks.view.state.account
    return [_position_item(account, one) for one in at_marks.positions if _is_wanted(one, strategy)]


def equity_answer(at_marks: ValuedView, points: Sequence[Point], now: datetime) -> EquityAnswer:
    """The curve, and the account at one moment."""
    own = [one for one in at_marks.positions if one.strategy is None]
    return EquityAnswer(
        account=at_marks.view.state.account,
        currency=at_marks.view.state.currency,
        points=tuple(_point_item(point) for point in points),
        now=NowAnswer(
            cash=at_marks.view.cash,
            positions=tuple(_held_item(one) for one in own),
            equity=at_marks.equity,
            at=now,
        ),
    )


def _drawdown(equity: Decimal | None, net_deposits: Decimal, last: Point | None) -> Decimal | None:
    if equity is None or last is None:
        return None
    grown = growth(last, equity, net_deposits)
    peak = max(last.peak, grown)
    return fine((peak - grown) / peak) if peak > 0 else NOTHING


def _is_wanted(one: Valued, strategy: str) -> bool:
    if strategy == "all":
        return True
    return one.strategy is None if strategy == "account" else one.strategy == strategy


def _position_item(account: str, one: Valued) -> PositionItem:
    return PositionItem(
        account=account,
        strategy=one.strategy,
        symbol=one.symbol,
        quantity=one.holding.quantity,
        average_price=one.holding.average_price,
        mark=None if one.mark is None else one.mark.price,
        marked_at=None if one.mark is None else one.mark.at,
        stale=one.mark is None or one.mark.stale,
        value=one.value,
        unrealised=one.unrealised,
        realised=one.holding.realised,
        fees=one.holding.fees,
    )


def _held_item(one: Valued) -> HeldItem:
    mark = None if one.mark is None else one.mark.price
    return HeldItem(symbol=one.symbol, quantity=one.holding.quantity, mark=mark, value=one.value)


def _point_item(point: Point) -> PointItem:
    return PointItem(
        at=point.at,
        equity=point.equity,
        cash=point.cash,
        net_deposits=point.net_deposits,
        drawdown=point.drawdown,
        kind=point.kind.value,
    )
