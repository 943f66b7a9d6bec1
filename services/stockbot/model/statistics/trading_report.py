"""The statistics of finished trades, with units and sentences. Part of the report."""

from collections.abc import Sequence

from stockbot.model.ledger.round_trips import Trade
from stockbot.model.statistics import trading
from stockbot.model.statistics.statistic import COUNT, FRACTION, MONEY, RATIO, Statistic, stated, without


def of_trades(trades: Sequence[Trade]) -> dict[str, Statistic]:
    """Of trades that are over, in the order in which they closed."""
    units = {
        "trades": COUNT,
        "win_rate": FRACTION,
        "profit_factor": RATIO,
        "expectancy": MONEY,
        "average_win": MONEY,
        "average_loss": MONEY,
        "longest_winning_streak": COUNT,
        "longest_losing_streak": COUNT,
        "average_adverse_excursion": FRACTION,
        "average_favourable_excursion": FRACTION,
    }
    if not trades:
        nothing = {name: without(unit, "no trade has ended in this time") for name, unit in units.items()}
        return nothing | {"trades": stated(0, COUNT, "trades from flat to flat that have ended")}
    profits = [float(trade.profit) for trade in trades]
    adverse = sum(float(trade.adverse) for trade in trades) / len(trades)
    favourable = sum(float(trade.favourable) for trade in trades) / len(trades)
    won, lost = trading.longest_streak(profits, _is_won), trading.longest_streak(profits, _is_lost)
    return {
        "trades": stated(len(trades), COUNT, "trades from flat to flat that have ended"),
        "win_rate": stated(trading.win_rate(profits), FRACTION, "trades that brought more than their fees"),
        "profit_factor": stated(
            trading.profit_factor(profits), RATIO, "what winners brought for what losers took", "no trade lost"
        ),
        "expectancy": stated(trading.expectancy(profits), MONEY, "the mean profit of a trade, after fees"),
        "average_win": stated(trading.average_win(profits), MONEY, "of the trades that won", "no trade won"),
        "average_loss": stated(trading.average_loss(profits), MONEY, "of the trades that lost", "no trade lost"),
        "longest_winning_streak": stated(won, COUNT, "winning trades in a row"),
        "longest_losing_streak": stated(lost, COUNT, "losing trades in a row"),
        "average_adverse_excursion": stated(adverse, FRACTION, "how far trades went against their entry at worst"),
        "average_favourable_excursion": stated(favourable, FRACTION, "how far trades went with their entry at best"),
    }


def _is_won(profit: float) -> bool:
    return profit > 0


def _is_lost(profit: float) -> bool:
    return profit < 0
