"""The report: every statistic of the list, with a unit and words, and honest about what it cannot tell."""

from datetime import timedelta
from decimal import Decimal

import pytest

from stockbot.model.ledger.round_trips import Trade
from stockbot.model.statistics import report
from stockbot.model.statistics.report import Sampled, Terms
from stockbot.testing.clock import START

TERMS = Terms(risk_free=0.02, symbol="SPY", missing="nobody asked")
NAMES = {
    "total_return",
    "annual_return",
    "cagr",
    "volatility",
    "sharpe",
    "sortino",
    "calmar",
    "max_drawdown",
    "max_drawdown_days",
    "value_at_risk_95",
    "alpha",
    "beta",
    "exposure",
    "turnover",
    "trades",
    "win_rate",
    "profit_factor",
    "expectancy",
    "average_win",
    "average_loss",
    "longest_winning_streak",
    "longest_losing_streak",
    "average_adverse_excursion",
    "average_favourable_excursion",
}


def close(day: int, growth: float, *, gross: float = 500.0, traded: float = 0.0) -> Sampled:
    """A daily close `day` days after the first."""
    at = START + timedelta(days=day)
    return Sampled(
        at=at,
        date=at.date().isoformat(),
        equity=1000 * growth,
        gross=gross,
        growth=growth,
        bought=traded,
        sold=traded / 2,
    )


def trade(profit: str) -> Trade:
    return Trade(
        strategy="trend",
        symbol="AAPL",
        direction="long",
        quantity=Decimal(1),
        entry_price=Decimal(100),
        exit_price=Decimal(101),
        opened_at=START,
        closed_at=START,
        profit=Decimal(profit),
        fees=Decimal(0),
        return_fraction=Decimal("0.01"),
        adverse=Decimal("-0.02"),
        favourable=Decimal("0.03"),
        signal_ids=(),
        correlationid="c",
        closing_correlationid="c",
    )


@pytest.mark.parametrize("days", [0, 1, 2, 3, 10])
def test_every_name_is_there_with_a_unit_and_words(days: int) -> None:
    """Whatever is known: a value, or a sentence that says why there is none."""
    made = report.of_account([close(day, 1 + day / 100) for day in range(days)], [], TERMS)
    assert made.keys() == NAMES
    for name, statistic in made.items():
        assert statistic.sentence, name
        assert statistic.unit in {"fraction", "money", "ratio", "count", "days"}


def test_with_one_close_nothing_is_annualised() -> None:
    """Samples of one day give a return and a drawdown, and no figure for a year."""
    samples = [
        Sampled(at=START + timedelta(minutes=n), date=None, equity=g, gross=0, growth=g, bought=0, sold=0)
        for n, g in enumerate((1.0, 1.2, 0.9))
    ]
    made = report.of_account([*samples, close(0, 0.9)], [], TERMS)
    assert made["total_return"].value == Decimal("-0.1")
    assert made["max_drawdown"].value == Decimal("0.25")
    assert {name: made[name].value for name in ("cagr", "sharpe", "volatility", "annual_return")} == dict.fromkeys(
        ("cagr", "sharpe", "volatility", "annual_return")
    )
    assert "fewer than two daily closes" in made["total_return"].sentence


def test_a_month_of_closes() -> None:
    """Exposure counts points with a position, turnover the lesser side, and excursions are means."""
    days = [close(day, 1 + day / 100, gross=day % 2, traded=100 * day) for day in range(20)]
    made = report.of_account(days, [trade("5"), trade("-2"), trade("3")], TERMS)
    assert made["exposure"].value == Decimal("0.5")
    assert made["turnover"].value == pytest.approx(Decimal(950) / Decimal(1095), abs=Decimal("0.000001"))
    assert made["profit_factor"].value == Decimal(4)
    assert made["average_adverse_excursion"].value == Decimal("-0.02")
    assert made["alpha"].sentence == "nobody asked"
    assert made["max_drawdown"].value == 0
    assert made["calmar"].value is None
    assert made["calmar"].sentence == "it never fell"


def test_against_a_benchmark() -> None:
    """An account that moves twice as far has a beta of two."""
    rises = [0.01, -0.02, 0.03, 0.01]
    own, theirs, days, closes = 1.0, 100.0, [close(0, 1.0)], {START.date().isoformat(): 100.0}
    for day, rise in enumerate(rises, 1):
        own, theirs = own * (1 + 2 * rise), theirs * (1 + rise)
        days.append(close(day, own))
        closes[(START + timedelta(days=day)).date().isoformat()] = theirs
    made = report.of_account(days, [], Terms(risk_free=0.0, symbol="SPY", closes=closes))
    assert made["beta"].value == Decimal(2)
    assert made["alpha"].value == pytest.approx(Decimal(0), abs=Decimal("0.000001"))


def test_absurd_figures_are_not_told() -> None:
    """Growth by half in a day, compounded over a year, is no figure that anybody should read."""
    made = report.of_account([close(0, 1.0), close(1, 1.5)], [], TERMS)
    assert made["cagr"].value is None
    assert "absurd" in made["cagr"].sentence
