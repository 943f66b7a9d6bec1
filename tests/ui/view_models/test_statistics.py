"""The performance in numbers, and the months as a map."""

from decimal import Decimal

import pytest

from stockbot_console.bookkeeper_answers import MonthReturn, Statistic
from stockbot_console.view_models.statistics import heat_years, statistic_rows, unknown_rows, value_text


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("0.0202", "fraction", "2.02 %"),
        ("-0.0413", "fraction", "\N{MINUS SIGN}4.13 %"),
        ("1234.5", "money", "1,234.50"),
        ("48", "count", "48"),
        ("12", "days", "12.0 d"),
        ("-1.275", "ratio", "\N{MINUS SIGN}1.28"),
        ("2", "ratio", "2.00"),
        (None, "ratio", "—"),
    ],
)
def test_each_unit_is_written_in_its_way(value: str | None, unit: str, text: str) -> None:
    """A number that cannot be told is a dash."""
    assert value_text(Statistic(value=None if value is None else Decimal(value), unit=unit)) == text


def test_names_become_words() -> None:
    """In the service's order."""
    rows = statistic_rows({"max_drawdown": Statistic(value=Decimal(1), sentence="the deepest fall"), "x": Statistic()})
    assert [(row.name, row.sentence) for row in rows] == [("Max drawdown", "The deepest fall")]


def test_what_is_not_known_is_told_once_for_each_reason() -> None:
    """Not as a page of dashes."""
    few = Statistic(sentence="it takes two closes")
    unknown = unknown_rows(
        {"sharpe": few, "trades": Statistic(value=Decimal(1)), "cagr": few, "x": Statistic(sentence="no")}
    )
    assert unknown == (("Sharpe, CAGR", "it takes two closes"), ("X", "no"))


def test_months_are_compounded_to_their_year() -> None:
    """The newest year first; a month that is not there is empty and not zero."""
    months = [
        MonthReturn(month="2025-12", return_fraction=Decimal("0.10")),
        MonthReturn(month="2026-01", return_fraction=Decimal("0.50")),
        MonthReturn(month="2026-02", return_fraction=Decimal("-0.02")),
        MonthReturn(month="2026-03", return_fraction=Decimal("-0.0004")),
    ]
    newest, oldest = heat_years(months)
    assert (newest.year, oldest.year) == ("2026", "2025")
    assert [cell.text for cell in newest.months[:4]] == ["+50.0", "\N{MINUS SIGN}2.0", "0.0", ""]
    assert newest.total.text == "+46.9"
    assert (newest.months[0].strength, newest.months[1].strength) == (1.0, 0.2)
    assert [cell.direction for cell in newest.months[:3]] == ["up", "down", "flat"]
