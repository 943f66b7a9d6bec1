"""How a portfolio of the bus changes what is known of accounts and positions."""

from decimal import Decimal

import msgspec
from msgspec.structs import replace

from stockbot.events.portfolio import Position
from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import account, positions
from stockbot.testing.events import portfolio_update
from stockbot_console.bookkeeper_answers import Account, Holding
from stockbot_console.holdings import accounts_after, holdings_after

ACCOUNT = msgspec.convert(account(START), Account)
HOLDINGS = tuple(msgspec.convert(one, Holding) for one in positions(START))
AAPL = Position(
    symbol="AAPL", quantity=Decimal(10), average_price=Decimal(100), mark=Decimal("101.50"), marked_at=START
)
PORTFOLIO = replace(
    portfolio_update(42),
    data=replace(
        portfolio_update(42).data,
        cash=Decimal(1000),
        equity=Decimal(2015),
        net_deposits=Decimal(98500),
        positions=(AAPL,),
    ),
)


def test_money_follows_the_portfolio() -> None:
    """A deposit is no profit of the day."""
    (after,) = accounts_after([replace(ACCOUNT, equity=Decimal(1600), day_profit=Decimal(-10))], PORTFOLIO)
    assert (after.cash, after.equity, after.positions_value) == (Decimal(1000), Decimal(2015), Decimal(1015))
    assert after.unrealised == Decimal(15)
    assert after.day_profit == Decimal(-95)  # -10 and 415 more equity, of which 500 were paid in
    assert (after.version, after.realised) == (42, ACCOUNT.realised)


def test_an_older_version_changes_nothing() -> None:
    """Nor does another account's."""
    assert accounts_after([replace(ACCOUNT, version=42)], PORTFOLIO) == (replace(ACCOUNT, version=42),)
    assert accounts_after([replace(ACCOUNT, account="other")], PORTFOLIO) == (replace(ACCOUNT, account="other"),)


def test_positions_are_those_of_the_portfolio() -> None:
    """What was realised of each is kept; one that is gone is gone; other accounts stay."""
    other = replace(HOLDINGS[0], account="other")
    after = holdings_after((*HOLDINGS, other), PORTFOLIO.data)
    assert [(one.account, one.symbol) for one in after] == [("other", "AAPL"), ("paper", "AAPL")]
    assert (after[1].value, after[1].unrealised) == (Decimal("1015.00"), Decimal("15.00"))
    assert after[1].realised == Decimal("312.40")


def test_without_a_price_nothing_is_made_up() -> None:
    """Unrealised profit is not known, and so is equity."""
    priceless = replace(PORTFOLIO.data, equity=None, positions=(replace(AAPL, mark=None),))
    (after,) = accounts_after([ACCOUNT], replace(PORTFOLIO, data=priceless))
    assert (after.unrealised, after.equity, after.day_profit) == (None, None, None)
    assert holdings_after((), priceless)[0].value is None
