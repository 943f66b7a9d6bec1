"""The performance in numbers, each with what it says, and the months as a map of heat. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from stockbot_console.bookkeeper_answers import MonthReturn, Statistic
from stockbot_console.view_models.numbers import NOTHING, money_text, percent_text, signed_text

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
STRONG = Decimal("0.10")  # a month's return from which on its colour is as strong as it gets
WHOLE = Decimal(1)
NAMES = {"cagr": "CAGR", "value_at_risk_95": "Value at risk, 95 %", "max_drawdown_days": "Longest drawdown"}


class StatisticRow(Struct, frozen=True, kw_only=True):
    name: str
    value: str
    sentence: str


class HeatCell(Struct, frozen=True, kw_only=True):
    """`strength` is 0 to 1; `direction` up, down or flat."""

    text: str
    direction: str = "flat"
    strength: float = 0.0


class HeatYear(Struct, frozen=True, kw_only=True):
    """Twelve months, and what they came to together."""

    year: str
    months: tuple[HeatCell, ...]
    total: HeatCell


def statistic_rows(statistics: Mapping[str, Statistic]) -> tuple[StatisticRow, ...]:
    """Those that have a value, in the order in which the service gives them."""
    return tuple(
        StatisticRow(name=_name(name), value=value_text(one), sentence=_capital(one.sentence))
        for name, one in statistics.items()
        if one.value is not None
    )


def unknown_rows(statistics: Mapping[str, Statistic]) -> tuple[tuple[str, str], ...]:
    """Those that have no value, together by the reason why: (names, reason)."""
    names: dict[str, list[str]] = {}
    for name, one in statistics.items():
        if one.value is None:
            names.setdefault(one.sentence, []).append(_name(name))
    return tuple((", ".join(of_reason), reason) for reason, of_reason in names.items())


def _name(name: str) -> str:
    return NAMES.get(name) or name.replace("_", " ").capitalize()


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def value_text(statistic: Statistic) -> str:
    if statistic.value is None:
        return NOTHING
    match statistic.unit:
        case "fraction":
            return percent_text(statistic.value, signed=False)
        case "money":
            return money_text(statistic.value)
        case "count":
            return f"{statistic.value:,.0f}"
        case "days":
            return f"{statistic.value:,.1f} d"
        case _:
            return signed_text(statistic.value).removeprefix("+")


def heat_years(months: Sequence[MonthReturn]) -> tuple[HeatYear, ...]:
    """The newest year first."""
    known = {month.month: month.return_fraction for month in months}
    years = sorted({month.month[:4] for month in months}, reverse=True)
    return tuple(_year(year, known) for year in years)


def _year(year: str, known: Mapping[str, Decimal | None]) -> HeatYear:
    returns = [known.get(f"{year}-{month:02d}") for month in range(1, 13)]
    together = WHOLE
    for one in returns:
        together *= WHOLE + (one or 0)
    return HeatYear(year=year, months=tuple(map(_cell, returns)), total=_cell(together - 1))


def _cell(fraction: Decimal | None) -> HeatCell:
    if fraction is None:
        return HeatCell(text="")
    text = signed_text(fraction * 100, places=1)
    if text == "0.0":
        return HeatCell(text=text)
    return HeatCell(
        text=text,
        direction="up" if fraction > 0 else "down",
        strength=float(min(abs(fraction) / STRONG, WHOLE)),
    )
