"""All that the Risk Guardian keeps of one account, and how events and time change it. Pure; one row of SQL each."""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.portfolio import Portfolio
from stockbot.events.trading import OrderReport
from stockbot.model.risk.account import NOTHING, Account, apply_order_update, apply_portfolio, forget_missing
from stockbot.model.risk.inputs import Losses
from stockbot.model.risk.lines import Lines
from stockbot.model.risk.session_day import Peak, SessionDay, current_day, current_peak
from stockbot.model.risk.strategy_record import StrategyRecord, begin_session, book_fill, session_loss
from stockbot.model.risk.valuation import equity


class AccountState(Struct, frozen=True, kw_only=True):
    """`portfolio_source` is the service that vouches for the portfolio; None before the first one."""

    account: Account
    portfolio_source: str | None = None
    day: SessionDay | None = None
    peak: Peak | None = None
    records: dict[str, StrategyRecord] = {}

    @property
    def name(self) -> str:
        return self.account.name

    @property
    def is_known(self) -> bool:
        return self.account.portfolio is not None

    @property
    def net_deposits(self) -> Decimal | None:
        """All deposits less all withdrawals: what losses are not counted in; None before the first portfolio."""
        portfolio = self.account.portfolio
        return None if portfolio is None else portfolio.net_deposits


Marks = Mapping[str, Decimal]


def take_portfolio(state: AccountState, portfolio: Portfolio, source: str) -> AccountState:
    """The state after a PORTFOLIO_UPDATE; Conflict where it contradicts an earlier one."""
    account = apply_portfolio(state.account, portfolio)
    return state if account is state.account else replace(state, account=account, portfolio_source=source)


def take_order_update(
    state: AccountState, report: OrderReport, sequence: int, *, date: str | None, marks: Marks
) -> AccountState:
    """The state after an ORDER_UPDATE of that number, also a late one; one that was taken before changes nothing."""
    account = apply_order_update(state.account, report, sequence)
    if account is state.account:
        return state
    record = state.records.get(report.strategy) or _new_record(date, marks)
    return replace(
        state,
        account=account,
        records={**state.records, report.strategy: book_fill(record, report)},
    )


def without_missing(state: AccountState) -> AccountState:
    """The state once no order update is put aside any more: what was resolved is not waited for."""
    account = forget_missing(state.account)
    return state if account is state.account else replace(state, account=account)


def as_of(state: AccountState, of_lines: Lines, *, date: str | None, marks: Marks) -> AccountState:
    """The state with the day, the peak and the strategies' sessions of now; `date` is the session's."""
    worth, deposits = equity(state.account, of_lines), state.net_deposits or NOTHING  # no equity without a portfolio
    return replace(
        state,
        day=current_day(state.day, date=date, equity=worth, net_deposits=deposits),
        peak=current_peak(state.peak, equity=worth, net_deposits=deposits),
        records={name: _in_session(record, date, marks) for name, record in state.records.items()},
    )


def losses(state: AccountState, strategy: str, marks: Marks) -> Losses:
    """What the loss limits compare for an order of that strategy; one that never traded has lost nothing."""
    record = state.records.get(strategy, StrategyRecord())
    return Losses(
        day=state.day,
        peak=state.peak,
        net_deposits=state.net_deposits,
        strategy_loss=session_loss(record, marks),
        losses_in_a_row=record.losses_in_a_row,
        last_loss_at=record.last_loss_at,
    )


def strategy_losses(state: AccountState, marks: Marks) -> dict[str, Decimal | None]:
    """What each strategy that has traded lost since the session's start; None without a price."""
    return {name: session_loss(record, marks) for name, record in state.records.items()}


def _new_record(date: str | None, marks: Marks) -> StrategyRecord:
    return _in_session(StrategyRecord(), date, marks)


def _in_session(record: StrategyRecord, date: str | None, marks: Marks) -> StrategyRecord:
    return record if date is None else begin_session(record, date, marks)
