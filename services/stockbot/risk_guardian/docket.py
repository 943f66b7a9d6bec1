"""One batch of signals decided one after the other, each seeing what those before it hold. Pure.

The same docket answers the what-if question: its inputs are those that a decision at this moment would be made from.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from msgspec.structs import replace

from stockbot.events.identity import decision_id_of
from stockbot.events.trading import Intent, Signal
from stockbot.model.risk.account import Account, hold, release, successor
from stockbot.model.risk.book import Line
from stockbot.model.risk.decide import Approved, Denied, decide
from stockbot.model.risk.inputs import Activity, Costs, DecisionInputs, Replaced
from stockbot.model.risk.limits import Limits
from stockbot.model.risk.lines import Lines
from stockbot.model.risk.standing import standing
from stockbot.model.risk.trading_state import TradingState
from stockbot.model.risk.valuation import lines, with_hold, with_holds
from stockbot.risk_guardian.account_state import AccountState, as_of, losses
from stockbot.risk_guardian.market import Market

Counts = Mapping[tuple[str, str], int]  # orders approved in the last minute, by account and strategy


@dataclass(frozen=True, kw_only=True)
class Decision:
    """An answer with the inputs that it was made from, and the digest of the signal that it is about."""

    inputs: DecisionInputs
    answer: Approved | Denied
    signal_digest: str


@dataclass
class OpenAccount:
    """An account while its batch is decided, with the lines that go with it."""

    state: AccountState
    lines: Lines


@dataclass(kw_only=True)
class Docket:
    """What is the same for all signals of the batch, and the accounts as they become."""

    market: Market
    limits: Limits
    trading_state: TradingState
    costs: Costs = field(default_factory=Costs)
    accounts: dict[str, OpenAccount] = field(default_factory=dict)
    _orders: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.marks: dict[str, Decimal] = self.market.marks()
        self.date = self.market.session_date()

    def open(self, states: Iterable[AccountState], counts: Counts) -> None:
        """Take the accounts as they are stored; their day and peak become those of now."""
        self._orders = Counter(counts)
        for state in states:
            of_lines = lines(state.account, self.marks)
            current = as_of(state, of_lines, date=self.date, marks=self.marks)
            self.accounts[state.name] = OpenAccount(current, of_lines)

    def states(self) -> list[AccountState]:
        """The accounts as they are by now."""
        return [opened.state for opened in self.accounts.values()]

    def orders_of(self, account: str) -> dict[str, int]:
        """The orders of the account that were approved in the last minute, by strategy."""
        return {strategy: count for (owner, strategy), count in self._orders.items() if owner == account}

    def decide(self, signal_id: str, signal: Signal, digest: str) -> Decision:
        """Decide one signal; what is approved is held for those that come after it."""
        inputs = self.inputs(signal_id, signal)
        answer = decide(inputs, self._line(signal))
        if isinstance(answer, Approved):
            self._hold(inputs, answer)
        return Decision(inputs=inputs, answer=answer, signal_digest=digest)

    def inputs(self, signal_id: str, signal: Signal, *, earlier_decision: str | None = None) -> DecisionInputs:
        """Everything that a decision about the signal is made from, as of now."""
        opened = self.accounts.get(signal.account) or _unknown(signal.account)
        replaced = _replaced(opened, signal)
        seen = opened if replaced is None else _without(opened, replaced, signal)
        quote = self.market.quotes.get(signal.symbol)
        return DecisionInputs(
            decision_id=decision_id_of(signal_id),
            signal_id=signal_id,
            signal=signal,
            now=self.market.now,
            market_now=self.market.time_of(signal.symbol),
            trading_state=self.trading_state,
            limits=self.limits,
            standing=standing(
                seen.state.account,
                seen.lines,
                symbol=signal.symbol,
                strategy=signal.strategy,
                mark=None if quote is None else quote.mark,
                groups=self.limits.groups,
            ),
            instrument=self.market.instrument(signal.symbol),
            quote=quote,
            sessions=self.market.sessions_of(signal.symbol),
            costs=self.costs,
            activity=self._activity(signal, earlier_decision),
            losses=losses(opened.state, signal.strategy, self.marks),
            health=self.market.health,
            replaced=replaced,
        )

    def _line(self, signal: Signal) -> Line | None:
        opened = self.accounts.get(signal.account)
        return None if opened is None else opened.lines.get(signal.symbol)

    def _activity(self, signal: Signal, earlier_decision: str | None) -> Activity:
        orders = self.orders_of(signal.account)
        return Activity(
            earlier_decision=earlier_decision,
            account_orders=sum(orders.values()),
            strategy_orders=orders.get(signal.strategy, 0),
        )

    def _hold(self, inputs: DecisionInputs, answer: Approved) -> None:
        signal, opened = inputs.signal, self.accounts[inputs.signal.account]
        account = hold(opened.state.account, inputs.decision_id, answer.hold)
        mark = None if inputs.quote is None else inputs.quote.mark
        opened.state = replace(opened.state, account=account)
        if answer.hold.replaces is None:
            opened.lines = with_hold(opened.lines, answer.hold, mark)
        else:
            opened.lines = with_holds(opened.lines, signal.symbol, account.holds.values())
        self._orders[signal.account, signal.strategy] += 1


def _replaced(opened: OpenAccount, signal: Signal) -> Replaced | None:
    """What the account holds for the order that a replace is about; None where it holds nothing for it."""
    account = opened.state.account
    kept = account.holds.get(signal.order or "") if signal.intent is Intent.REPLACE else None
    if kept is None or signal.order is None:
        return None
    return Replaced(hold=kept, successor=successor(account, signal.order))


def _without(opened: OpenAccount, replaced: Replaced, signal: Signal) -> OpenAccount:
    """The account without the order that is to be replaced, as long as the signal is about an order of its symbol."""
    if replaced.hold.symbol != signal.symbol:
        return opened
    account = release(opened.state.account, signal.order or "")
    of_lines = with_holds(opened.lines, signal.symbol, account.holds.values())
    return OpenAccount(replace(opened.state, account=account), of_lines)


def _unknown(account: str) -> OpenAccount:
    return OpenAccount(AccountState(account=Account(name=account)), Lines())
