"""What the API shows of accounts: how far each limit is used, and what is held, worked and spent. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from msgspec import Struct

from stockbot.events.trading import Side
from stockbot.model.risk import loss
from stockbot.model.risk.account import NOTHING, Hold
from stockbot.model.risk.book import Line, total
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.lines import Lines
from stockbot.model.risk.loss import Loss
from stockbot.model.risk.valuation import equity, free_cash
from stockbot.risk_guardian.account_state import losses, strategy_losses
from stockbot.risk_guardian.docket import Docket, OpenAccount

PLACES = Decimal("0.0001")
NO_STRATEGY = ""


class LimitUse(Struct, frozen=True, kw_only=True):
    """One limit of one account; `setting` is the document's value.

    `used` and `allowed` are in one unit: money of the account, orders, or trades. Null where the limit is judged for
    each order alone, or where a price is missing to tell.
    """

    account: str
    limit: str
    setting: str
    subject: str | None = None  # the symbol, group or strategy that uses most of it
    used: Decimal | None = None
    allowed: Decimal | None = None
    utilisation: Decimal | None = None  # used / allowed, at least 0


class ExposureLine(Struct, frozen=True, kw_only=True):
    """One symbol: shares, the last price, the value now and at most with working orders, and the cash kept for it."""

    symbol: str
    position: Decimal
    mark: Decimal | None
    value: Decimal | None
    largest: Decimal | None
    buying: Decimal
    selling: Decimal
    committed: Decimal | None


class HoldItem(Struct, frozen=True, kw_only=True):
    """What one decision or order holds: `key` is the decision until an order reports, then the order."""

    key: str
    hold: Hold


class Exposure(Struct, frozen=True, kw_only=True):
    """One account, in its currency; null where a portfolio or a price is missing to tell."""

    account: str
    portfolio_version: int | None
    through_sequence: int | None
    order_sequence: int
    cash: Decimal | None
    free_cash: Decimal | None
    held: Decimal | None
    equity: Decimal | None
    gross: Decimal | None
    net: Decimal | None
    lines: tuple[ExposureLine, ...]
    holds: tuple[HoldItem, ...]


Uses = Iterator[tuple[str, str | None, Decimal | None, Decimal | None]]  # limit, subject, used, allowed


def exposure(opened: OpenAccount) -> Exposure:
    """The account as it is valued now."""
    account, of_lines = opened.state.account, opened.lines
    portfolio = account.portfolio
    worths = [line.worth for line in of_lines.values()]
    return Exposure(
        account=account.name,
        portfolio_version=None if portfolio is None else portfolio.version,
        through_sequence=None if portfolio is None else portfolio.through_sequence,
        order_sequence=account.order_sequence,
        cash=None if portfolio is None else portfolio.cash,
        free_cash=free_cash(account, of_lines),
        held=of_lines.sums.committed,
        equity=equity(account, of_lines),
        gross=total(None if worth is None else abs(worth) for worth in worths),
        net=of_lines.sums.worth,
        lines=tuple(_line(symbol, line) for symbol, line in sorted(of_lines.items())),
        holds=tuple(HoldItem(key=key, hold=hold) for key, hold in account.holds.items()),
    )


def limit_uses(docket: Docket, opened: OpenAccount) -> list[LimitUse]:
    """Every limit of the account, in the document's order."""
    limits, name = docket.limits, opened.state.name
    uses = (*_exposure(limits, opened), *_activity(docket, name), *_losses(docket, opened))
    used = {limit: (subject, used, allowed) for limit, subject, used, allowed in uses}
    return [
        _use(name, limit, _text(getattr(limits, limit)), *used.get(limit, (None, None, None)))
        for limit in Limits.__struct_fields__
        if limit != "groups"
    ]


def _exposure(limits: Limits, opened: OpenAccount) -> Uses:
    values = {symbol: line.largest for symbol, line in opened.lines.items()}
    worth = equity(opened.state.account, opened.lines)
    symbol, largest = _most(values)
    yield "max_position_notional", symbol, largest, limits.max_position_notional
    yield "max_position_weight", symbol, largest, _part(worth, limits.max_position_weight)
    groups = {group.name: total(values.get(one, NOTHING) for one in group.symbols) for group in limits.groups}
    yield "max_group_weight", *_most(groups), _part(worth, limits.max_group_weight)
    yield "max_gross_exposure", None, opened.lines.sums.largest, _part(worth, limits.max_gross_exposure)
    yield "max_net_exposure", None, _net(opened.lines), _part(worth, limits.max_net_exposure)


def _activity(docket: Docket, account: str) -> Uses:
    limits, orders = docket.limits, docket.orders_of(account)
    strategy, most = _most({name: Decimal(count) for name, count in orders.items()})
    working = docket.accounts[account].lines.sums.orders
    yield "max_open_orders", None, Decimal(working), Decimal(limits.max_open_orders)
    yield "max_orders_per_minute", None, Decimal(sum(orders.values())), Decimal(limits.max_orders_per_minute)
    yield "max_orders_per_minute_per_strategy", strategy, most, Decimal(limits.max_orders_per_minute_per_strategy)


def _losses(docket: Docket, opened: OpenAccount) -> Uses:
    limits, state = docket.limits, opened.state
    worth, known = equity(state.account, opened.lines), losses(state, NO_STRATEGY, docket.marks)
    yield "max_daily_loss", None, *_amounts(loss.of_day(known, worth, limits))
    yield "max_drawdown", None, *_amounts(loss.from_peak(known, worth, limits))
    strategy, _ = _most(strategy_losses(state, docket.marks))
    of_strategy = loss.of_strategy(losses(state, strategy or NO_STRATEGY, docket.marks), limits)
    yield "max_strategy_loss", strategy, *_amounts(of_strategy)
    loser, streak = _most({name: Decimal(record.losses_in_a_row) for name, record in state.records.items()})
    yield "max_consecutive_losses", loser, streak, Decimal(limits.max_consecutive_losses)


def _use(
    account: str, limit: str, setting: str, subject: str | None, used: Decimal | None, allowed: Decimal | None
) -> LimitUse:
    share = None if used is None or not allowed else max(NOTHING, used / allowed).quantize(PLACES)
    return LimitUse(
        account=account, limit=limit, setting=setting, subject=subject, used=used, allowed=allowed, utilisation=share
    )


def _line(symbol: str, line: Line) -> ExposureLine:
    return ExposureLine(
        symbol=symbol,
        position=line.position,
        mark=line.book.mark,
        value=line.worth,
        largest=line.largest,
        buying=line.leaves(Side.BUY),
        selling=line.leaves(Side.SELL),
        committed=line.committed,
    )


def _net(of_lines: Lines) -> Decimal | None:
    highest, lowest = of_lines.sums.highest, of_lines.sums.lowest
    return None if highest is None or lowest is None else max(abs(highest), abs(lowest))


def _most(values: Mapping[str, Decimal | None]) -> tuple[str | None, Decimal | None]:
    """Who has most; who is not known comes first, as nobody can say that it is not the most; nothing without any."""
    if not values:
        return None, NOTHING
    name = max(values, key=lambda one: Decimal("Infinity") if values[one] is None else values[one] or NOTHING)
    return name, values[name]


def _part(worth: Decimal | None, part: Decimal) -> Decimal | None:
    return None if worth is None or worth <= 0 else worth * part


def _amounts(lost: Loss) -> tuple[Decimal | None, Decimal | None]:
    return (None if lost.amount is None else max(NOTHING, lost.amount)), lost.limit


def _text(setting: object) -> str:
    if isinstance(setting, bool):
        return str(setting).lower()
    return format(setting, "f") if isinstance(setting, Decimal) else str(setting)
