"""How a PORTFOLIO_UPDATE changes what the Portfolio Manager has told of accounts and positions. Pure.

The event has cash, quantities and marks, and comes at once; profit that was realised and the day's start are the
API's, which is asked every few seconds.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec.structs import replace

from stockbot.events.portfolio import Portfolio, PortfolioUpdate, Position
from stockbot_console.bookkeeper_answers import Account, Holding

Key = tuple[str, str | None, str]  # account, strategy, symbol


def accounts_after(accounts: Sequence[Account], event: PortfolioUpdate) -> tuple[Account, ...]:
    return tuple(
        _moved(account, event)
        if account.account == event.data.account and account.version < event.data.version
        else account
        for account in accounts
    )


def holdings_after(holdings: Sequence[Holding], portfolio: Portfolio) -> tuple[Holding, ...]:
    """The positions of the portfolio in the place of those before, with what was known of each."""
    known: Mapping[Key, Holding] = {(one.account, one.strategy, one.symbol): one for one in holdings}
    others = tuple(one for one in holdings if one.account != portfolio.account)
    return others + tuple(
        _holding(known.get((portfolio.account, position.strategy, position.symbol)), position, portfolio.account)
        for position in portfolio.positions
    )


def _moved(account: Account, event: PortfolioUpdate) -> Account:
    portfolio = event.data
    equity = portfolio.equity
    return replace(
        account,
        cash=portfolio.cash,
        settled_cash=portfolio.settled_cash,
        equity=equity,
        positions_value=None if equity is None else equity - portfolio.cash,
        unrealised=_unrealised(portfolio),
        net_deposits=portfolio.net_deposits,
        day_profit=_day_profit(account, portfolio),
        version=portfolio.version,
        through_sequence=portfolio.through_sequence,
        as_of=event.time,
    )


def _day_profit(account: Account, portfolio: Portfolio) -> Decimal | None:
    """The day's profit moves with equity, less what was paid in meanwhile."""
    if account.day_profit is None or account.equity is None or portfolio.equity is None:
        return None
    paid_in = portfolio.net_deposits - account.net_deposits
    return account.day_profit + portfolio.equity - account.equity - paid_in


def _unrealised(portfolio: Portfolio) -> Decimal | None:
    whole = [position for position in portfolio.positions if position.strategy is None]
    gains = [_gain(position) for position in whole]
    known = [gain for gain in gains if gain is not None]
    return sum(known, Decimal(0)) if len(known) == len(gains) else None


def _gain(position: Position) -> Decimal | None:
    return None if position.mark is None else (position.mark - position.average_price) * position.quantity


def _holding(known: Holding | None, position: Position, account: str) -> Holding:
    before = known or Holding(
        account=account,
        strategy=position.strategy,
        symbol=position.symbol,
        quantity=position.quantity,
        average_price=position.average_price,
    )
    return replace(
        before,
        quantity=position.quantity,
        average_price=position.average_price,
        mark=position.mark,
        marked_at=position.marked_at,
        stale=before.stale and before.marked_at == position.marked_at,
        value=None if position.mark is None else position.mark * position.quantity,
        unrealised=_gain(position),
    )
