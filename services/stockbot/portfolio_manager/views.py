"""One consistent look at an account: its totals and holdings out of one read, all valued at the marks of one moment."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct
from sqlalchemy import Connection

from stockbot.events.portfolio import Portfolio, Position
from stockbot.model.ledger.holding import Holding
from stockbot.model.ledger.money import fine
from stockbot.model.ledger.valuation import Mark, Valued, Worth, values, worth
from stockbot.portfolio_manager import store
from stockbot.portfolio_manager.account_state import AccountState


class View(Struct, frozen=True, kw_only=True):
    """An account as it stands in SQL. `unsettled` is 0 where nothing waits for settlement."""

    state: AccountState
    holdings: dict[tuple[str, str | None], Holding]
    unsettled: Decimal

    @property
    def cash(self) -> Decimal:
        return self.state.balances.cash

    @property
    def settled_cash(self) -> Decimal | None:
        """None for an account whose proceeds are free at once."""
        return self.cash - self.unsettled if self.state.settles else None

    def held(self) -> set[str]:
        return {symbol for (symbol, _), holding in self.holdings.items() if holding.quantity}


class ValuedView(Struct, frozen=True, kw_only=True):
    """The same account at marks; equity is None while one of its positions has none."""

    view: View
    positions: tuple[Valued, ...]
    worth: Worth

    @property
    def equity(self) -> Decimal | None:
        return self.worth.equity(self.view.cash)

    def unpriced(self) -> list[str]:
        return [p.symbol for p in self.positions if p.strategy is None and p.value is None]

    def stale(self) -> list[str]:
        return [p.symbol for p in self.positions if p.strategy is None and p.mark is not None and p.mark.stale]


def read_views(connection: Connection, today: date, account: str | None = None) -> list[View]:
    """All accounts, or one, as of one read."""
    names = None if account is None else [account]
    return [
        View(
            state=state,
            holdings=store.holdings(connection, name),
            unsettled=store.unsettled_cash(connection, name, today),
        )
        for name, state in store.accounts(connection, names).items()
    ]


def valued(view: View, marks: Mapping[str, Mark]) -> ValuedView:
    positions = tuple(values(view.holdings, marks))
    return ValuedView(view=view, positions=positions, worth=worth(positions))


def portfolio_of(at_marks: ValuedView, version: int) -> Portfolio:
    """The state as it is published: the account's own positions and the strategies', those with shares alone."""
    view = at_marks.view
    return Portfolio(
        account=view.state.account,
        currency=view.state.currency,
        version=version,
        through_sequence=view.state.through_sequence,
        cash=view.cash,
        settled_cash=view.settled_cash,
        equity=at_marks.equity,
        net_deposits=view.state.balances.net_deposits,
        positions=tuple(_position(one) for one in at_marks.positions),
    )


def _position(one: Valued) -> Position:
    return Position(
        symbol=one.symbol,
        strategy=one.strategy,
        quantity=one.holding.quantity,
        average_price=one.holding.average_price,
        mark=None if one.mark is None else fine(one.mark.price),
        marked_at=None if one.mark is None else one.mark.at,
    )
