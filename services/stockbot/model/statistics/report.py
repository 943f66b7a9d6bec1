"""All statistics of an account or a strategy, with units and sentences, and words where something cannot be told yet.

Whatever is annualised comes from daily closes alone; with fewer than two of them only the total return and the
drawdown are told, from the samples.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from stockbot.model.ledger.round_trips import Trade
from stockbot.model.statistics import benchmark as against
from stockbot.model.statistics import returns
from stockbot.model.statistics.statistic import DAYS, FRACTION, RATIO, Statistic, stated, without
from stockbot.model.statistics.trading_report import of_trades

_DAY = 86_400.0
FEWEST = 2


class Sampled(Struct, frozen=True, kw_only=True):
    """A point of the equity curve as statistics need it; a close has its session's date."""

    at: datetime
    date: str | None
    equity: float
    gross: float
    growth: float
    bought: float
    sold: float


class Terms(Struct, frozen=True, kw_only=True):
    """What returns are measured against. `closes` are the benchmark's by date; `missing` says why there are none."""

    risk_free: float
    symbol: str
    closes: Mapping[str, float] = {}
    missing: str | None = None


Statistics = dict[str, Statistic]


def of_account(points: Sequence[Sampled], trades: Sequence[Trade], terms: Terms) -> Statistics:
    """Everything; `points` are the oldest first: the one to measure from, the daily closes, and the newest."""
    closes = [point for point in points if point.date is not None]
    return {
        **_of_growth(points, has_closes=len(closes) >= FEWEST),
        **_of_returns(closes, terms),
        **_of_benchmark(closes, terms),
        **_of_activity(points),
        **of_trades(trades),
    }


def of_strategy(trades: Sequence[Trade]) -> Statistics:
    """What its trades tell: a strategy has no capital of its own, so it has no return."""
    return of_trades(trades)


def _of_growth(series: Sequence[Sampled], *, has_closes: bool) -> Statistics:
    source = "from daily closes" if has_closes else "from samples, as there are fewer than two daily closes"
    if len(series) < FEWEST:
        why = "there are fewer than two points of the equity curve in this time"
        return {
            "total_return": without(FRACTION, why),
            "max_drawdown": without(FRACTION, why),
            "max_drawdown_days": without(DAYS, why),
        }
    growths, days = [point.growth for point in series], [point.at.timestamp() / _DAY for point in series]
    deepest, longest = returns.max_drawdown(growths), returns.drawdown_days(growths, days)
    return {
        "total_return": stated(returns.total_return(growths), FRACTION, f"growth without deposits, {source}"),
        "max_drawdown": stated(deepest, FRACTION, f"the deepest fall from a peak, {source}"),
        "max_drawdown_days": stated(longest, DAYS, f"the longest time below a peak, {source}"),
    }


def _of_returns(closes: Sequence[Sampled], terms: Terms) -> Statistics:
    """All that is a figure a year, and the value at risk: from daily closes alone."""
    growths = [point.growth for point in closes]
    if len(growths) < FEWEST:
        return _unknown(f"there are {len(closes)} daily closes in this time, and it takes two")
    if min(growths) <= 0:
        return _unknown("all money was lost in this time")
    daily, span = returns.changes(growths), (closes[-1].at - closes[0].at).total_seconds() / _DAY
    return {**_of_compounding(growths, span, len(daily)), **_of_spread(daily, terms.risk_free)}


def _unknown(why: str) -> Statistics:
    fractions = ("annual_return", "cagr", "volatility", "value_at_risk_95")
    ratios = ("sharpe", "sortino", "calmar")
    return {name: without(FRACTION, why) for name in fractions} | {name: without(RATIO, why) for name in ratios}


def _of_compounding(growths: Sequence[float], span: float, days: int) -> Statistics:
    over = f"over {days} trading days"
    if span < 1:
        short = "the closes are less than a day apart"
        return {"cagr": without(FRACTION, short), "calmar": without(RATIO, short)}
    rate, deepest = returns.growth_rate(growths, span), returns.max_drawdown(growths)
    return {
        "cagr": stated(rate, FRACTION, f"compound growth a year, {over}"),
        "calmar": stated(returns.calmar(rate, deepest), RATIO, f"growth for the deepest fall, {over}", "it never fell"),
    }


def _of_spread(daily: Sequence[float], risk_free: float) -> Statistics:
    over = f"over {len(daily)} trading days"
    free = f"above {risk_free:.2%} a year, {over}"
    return {
        "annual_return": stated(returns.annual_return(daily), FRACTION, f"mean daily return times 252, {over}"),
        "volatility": _spread(daily, returns.volatility, FRACTION, f"of daily returns, a year, {over}"),
        "sharpe": _spread(daily, lambda r: returns.sharpe(r, risk_free), RATIO, f"return for its spread, {free}"),
        "sortino": stated(returns.sortino(daily, risk_free), RATIO, f"return for its falls, {free}", "no day fell"),
        "value_at_risk_95": _spread(
            daily, returns.value_at_risk, FRACTION, f"19 of 20 days lost less than this, {over}"
        ),
    }


def _of_benchmark(closes: Sequence[Sampled], terms: Terms) -> Statistics:
    own = {point.date: point.growth for point in closes if point.date is not None}
    ours, theirs = against.aligned(own, terms.closes)
    if len(ours) < FEWEST:
        why = terms.missing or f"fewer than three days have a close of both the account and {terms.symbol}"
        return {"alpha": without(FRACTION, why), "beta": without(RATIO, why)}
    still = f"{terms.symbol} never moved"
    slope, excess = against.beta(ours, theirs), against.alpha(ours, theirs, terms.risk_free)
    return {
        "alpha": stated(excess, FRACTION, f"return a year that {terms.symbol} does not explain", still),
        "beta": stated(slope, RATIO, f"how far it moves when {terms.symbol} moves by one", still),
    }


def _of_activity(series: Sequence[Sampled]) -> Statistics:
    """Exposure as backtesting.py counts it; turnover as Form N-1A of the SEC defines it."""
    if not series:
        why = "there is no point of the equity curve in this time"
        return {"exposure": without(FRACTION, why), "turnover": without(RATIO, why)}
    invested = sum(point.gross > 0 for point in series) / len(series)
    mean = sum(point.equity for point in series) / len(series)
    traded = min(series[-1].bought - series[0].bought, series[-1].sold - series[0].sold)
    return {
        "exposure": stated(invested, FRACTION, "the share of points with any position"),
        "turnover": stated(
            traded / mean if mean > 0 else None,
            RATIO,
            "the lesser of purchases and sales, for the mean equity",
            "the mean equity is not above zero",
        ),
    }


def _spread(
    daily: Sequence[float], measure: Callable[[Sequence[float]], float | None], unit: str, sentence: str
) -> Statistic:
    """A measure that takes two returns at least."""
    if len(daily) < FEWEST:
        return without(unit, "there are two daily closes in this time, and it takes three")
    return stated(measure(daily), unit, sentence, "the returns were all the same")
