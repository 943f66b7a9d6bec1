"""The account as the portfolio page shows it: its money in a few numbers, and its positions. Pure."""

from collections.abc import Sequence
from datetime import tzinfo
from decimal import Decimal
from typing import TypedDict

from msgspec import Struct

from stockbot_console.bookkeeper_answers import Account, Holding
from stockbot_console.guardian_answers import Exposure
from stockbot_console.view_models.ages import epoch_milliseconds, exact_text
from stockbot_console.view_models.gains import Gain, gain, gain_percent
from stockbot_console.view_models.numbers import NOTHING, money_text, percent_text, price_text, quantity_text


class Figure(Struct, frozen=True, kw_only=True):
    """A number with its title; `tone` is up, down or flat, `note` what stands below it."""

    title: str
    value: str
    note: str = ""
    tone: str = "flat"
    note_tone: str = "flat"


class PositionRow(TypedDict):
    """What the grid shows of a position: texts, and the numbers it sorts by. `at` is the time of the mark."""

    key: str
    symbol: str
    strategy: str
    quantity: str
    quantityValue: float
    average: str
    mark: str
    value: str
    valueValue: float | None
    unrealised: str
    unrealisedValue: float | None
    unrealisedDirection: str
    percent: str
    percentDirection: str
    realised: str
    realisedDirection: str
    stale: bool
    at: int | None
    exact: str


def account_figures(account: Account, exposure: Exposure | None) -> tuple[Figure, ...]:
    """The numbers at the head of the page, the gravest first. `exposure` is what risk says of the same account."""
    return (
        _equity(account),
        _day(account),
        _drawdown(account),
        _cash(account, exposure),
        _positions(account),
        _realised(account),
    )


def position_rows(holdings: Sequence[Holding], *, by_strategy: bool, zone: tzinfo) -> dict[str, PositionRow]:
    """The positions that are not flat, of the account or of each strategy, by symbol."""
    chosen = [one for one in holdings if (one.strategy is not None) == by_strategy and one.quantity]
    ordered = sorted(chosen, key=lambda one: (one.symbol, one.strategy or ""))
    rows = [_position(one, zone) for one in ordered]
    return {row["key"]: row for row in rows}


def exposure_of(exposures: Sequence[Exposure], account: str) -> Exposure | None:
    return next((one for one in exposures if one.account == account), None)


def _equity(account: Account) -> Figure:
    made = None if account.equity is None else account.equity - account.net_deposits
    return Figure(
        title=f"Equity, {account.currency}",
        value=money_text(account.equity),
        note=f"{gain(made).text} on {money_text(account.net_deposits)} paid in",
        note_tone=gain(made).direction,
    )


def _day(account: Account) -> Figure:
    day = gain(account.day_profit)
    start = account.day_start_equity
    share = account.day_profit / start if account.day_profit is not None and start else None
    return Figure(
        title="Today",
        value=day.text,
        tone=day.direction,
        note=f"{gain_percent(share).text} of {money_text(start)}",
        note_tone=gain_percent(share).direction,
    )


def _drawdown(account: Account) -> Figure:
    fall = abs(account.drawdown) if account.drawdown is not None else None
    note = "at its peak" if fall == 0 else "below the highest equity so far"
    return Figure(title="Drawdown", value=percent_text(fall, signed=False), note=note if fall is not None else "")


def _cash(account: Account, exposure: Exposure | None) -> Figure:
    held = exposure.held if exposure else None
    free = exposure.free_cash if exposure else None
    notes = [f"{money_text(free)} free, {money_text(held)} held"] if exposure else ["held: risk has not said"]
    if account.unsettled_cash:
        notes.append(f"{money_text(account.unsettled_cash)} not settled")
    return Figure(title="Cash", value=money_text(account.cash), note="; ".join(notes))


def _positions(account: Account) -> Figure:
    unrealised = gain(account.unrealised)
    return Figure(
        title="Positions",
        value=money_text(account.positions_value),
        note=f"{unrealised.text} unrealised",
        note_tone=unrealised.direction,
    )


def _realised(account: Account) -> Figure:
    realised = gain(account.realised)
    return Figure(
        title="Realised",
        value=realised.text,
        tone=realised.direction,
        note=", ".join(
            f"{money_text(amount)} of {name}"
            for name, amount in (
                ("fees", account.fees),
                ("dividends", account.dividends),
                ("interest", account.interest),
            )
            if amount or name == "fees"
        ),
    )


def _position(holding: Holding, zone: tzinfo) -> PositionRow:
    unrealised, realised = gain(holding.unrealised), gain(holding.realised)
    marked = holding.marked_at
    return PositionRow(
        key=f"{holding.account}/{holding.strategy or ''}/{holding.symbol}",
        symbol=holding.symbol,
        strategy=holding.strategy or "",
        quantity=f"{quantity_text(holding.quantity)}{' short' if holding.quantity < 0 else ''}",
        quantityValue=float(holding.quantity),
        average=price_text(_rounded(holding.average_price)),
        mark=price_text(holding.mark),
        value=money_text(holding.value),
        valueValue=_number(holding.value),
        unrealised=unrealised.text,
        unrealisedValue=_number(holding.unrealised),
        unrealisedDirection=unrealised.direction,
        percent=_percent(holding).text,
        percentDirection=_percent(holding).direction,
        realised=realised.text,
        realisedDirection=realised.direction,
        stale=holding.stale,
        at=epoch_milliseconds(marked) if marked else None,
        exact=_marked_text(holding, zone),
    )


def _marked_text(holding: Holding, zone: tzinfo) -> str:
    if holding.marked_at is None:
        return "No price yet"
    return f"Marked {exact_text(holding.marked_at, zone)}{', stale: too old to trade on' if holding.stale else ''}"


def _percent(holding: Holding) -> Gain:
    cost = abs(holding.average_price * holding.quantity)
    if holding.unrealised is None or not cost:
        return Gain(text=NOTHING, direction="flat")
    return gain_percent(holding.unrealised / cost)


def _rounded(price: Decimal) -> Decimal:
    return price.quantize(Decimal("0.0001"))


def _number(exact: Decimal | None) -> float | None:
    return None if exact is None else float(exact)
