"""Cash is never promised twice: any interleaving of signals, fills and cancels, with either stream late."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stockbot.events.portfolio import Portfolio, Position
from stockbot.events.trading import Execution, Intent, OrderReport, OrderState, OrderTerms, OrderType, Side
from stockbot.model.risk.account import (
    ENDED,
    Account,
    apply_order_update,
    apply_portfolio,
    hold,
    release,
    successor,
)
from stockbot.model.risk.decide import Approved, decide
from stockbot.model.risk.inputs import DecisionInputs, Replaced
from stockbot.model.risk.lines import Lines
from stockbot.model.risk.reduction import is_reduction
from stockbot.model.risk.standing import standing
from stockbot.model.risk.valuation import equity, free_cash, lines, with_hold
from stockbot.testing.clock import START as NOW

Make = Callable[..., DecisionInputs]
MARKS = {"AAPL": Decimal(100), "MSFT": Decimal(50)}
COLLAR, FEE = Decimal("0.01"), Decimal(1)
OPENING = Decimal(10_000)


class Broker:
    """What is really so: cash, shares and working orders; and what it has told, which risk hears late.

    `told` is all that has happened at once, `heard` lags: each stream is delivered in order, when a test says so.
    """

    def __init__(self, make: Make, *, allow_short: bool) -> None:
        self.make, self.allow_short = make, allow_short
        self.cash, self.shares = OPENING, dict.fromkeys(MARKS, Decimal(0))
        self.orders: dict[str, OrderReport] = {}
        self.bounds: dict[str, Decimal] = {}
        self.fees_due: dict[str, Decimal] = {}
        self.replacing: dict[str, str] = {}  # the replaces that the broker has not answered: new order, old order
        self.reports: list[OrderReport] = []
        self.states: list[Portfolio] = []
        self.reports_heard = self.states_heard = 0
        self.approved = 0
        self.publish()
        self.told = self.heard = apply_portfolio(Account(name="paper"), self.states[0])

    def signal(self, symbol: str, side: Side, quantity: int) -> None:
        """Risk decides from what it has heard; an approval holds at once and works at the broker."""
        seen = lines(self.heard, MARKS)
        decision_id = f"decision-{self.approved}"
        terms = OrderTerms(order_type=OrderType.MARKET)
        signal = {"symbol": symbol, "side": side, "quantity": Decimal(quantity), "reference_price": MARKS[symbol]}
        inputs = self.make(
            signal={**signal, "terms": terms, "intent": Intent.ENTER},
            quote={"symbol": symbol, "last": MARKS[symbol]},
            decision_id=decision_id,
            limits={"allow_short": self.allow_short, "max_consecutive_losses": 1000},
            standing=standing(self.heard, seen, symbol=symbol, strategy="trend", mark=MARKS[symbol]),
            costs={"collar": COLLAR, "minimum_fee": FEE},
            losses={"day": {"equity": Decimal(1)}, "peak": {"equity": Decimal(1)}},
        )
        answer = decide(inputs)
        if isinstance(answer, Approved):
            self.approve(decision_id, answer)

    def replace(self, choice: int, part: Decimal) -> None:
        """The strategy wants an order of its own, as far as risk has heard of it, at another limit."""
        known = [key for key, kept in self.heard.holds.items() if key.startswith("order-") and not kept.replaces]
        if not known:
            return
        client_order_id = known[choice % len(known)]
        kept = self.heard.holds[client_order_id]
        without = release(self.heard, client_order_id)
        decision_id = f"decision-{self.approved}"
        mark = MARKS[kept.symbol]
        terms = OrderTerms(order_type=OrderType.LIMIT, limit_price=mark * part)
        signal = {"symbol": kept.symbol, "reference_price": mark, "order": client_order_id, "terms": terms}
        inputs = self.make(
            signal={**signal, "intent": Intent.REPLACE, "side": None, "quantity": None},
            quote={"symbol": kept.symbol, "last": mark},
            decision_id=decision_id,
            limits={"allow_short": self.allow_short, "max_consecutive_losses": 1000},
            standing=standing(without, lines(without, MARKS), symbol=kept.symbol, strategy="trend", mark=mark),
            costs={"collar": COLLAR, "minimum_fee": FEE},
            losses={"day": {"equity": Decimal(1)}, "peak": {"equity": Decimal(1)}},
            replaced=Replaced(hold=kept, successor=successor(self.heard, client_order_id)),
        )
        answer = decide(inputs)
        if isinstance(answer, Approved):
            self.approved += 1
            self.replacing[decision_id] = client_order_id.removeprefix("order-")
            self.keep(decision_id, answer)

    def take_over(self, choice: int, accepted: bool, new_first: bool) -> None:
        """The broker answers a replace: the new order works on what the old one has left, or nothing changes."""
        if not self.replacing:
            return
        decision_id = list(self.replacing)[choice % len(self.replacing)]
        old_id = self.replacing.pop(decision_id)
        old = self.orders[old_id]
        leaves = old.quantity - old.filled_quantity
        if not accepted or old.state in ENDED:
            self.report(decision_id, OrderState.REJECTED)
            return
        self.orders[decision_id] = replace(self.orders[decision_id], quantity=leaves)
        told = [(decision_id, OrderState.ACCEPTED), (old_id, OrderState.CANCELED)]
        for order_id, state in told if new_first else told[::-1]:
            self.report(order_id, state)

    def approve(self, decision_id: str, answer: Approved) -> None:
        self.approved += 1
        self.keep(decision_id, answer)
        self.report(decision_id, OrderState.ACCEPTED)

    def keep(self, decision_id: str, answer: Approved) -> None:
        approval = answer.approval
        self.heard = hold(self.heard, decision_id, answer.hold)
        self.told = self.caught_up()
        assert approval.terms.limit_price is not None
        self.bounds[decision_id] = approval.terms.limit_price
        self.fees_due[decision_id] = FEE
        self.orders[decision_id] = OrderReport(
            account="paper",
            client_order_id=f"order-{decision_id}",
            decision_id=decision_id,
            strategy="trend",
            symbol=approval.signal.symbol,
            side=approval.side,
            state=OrderState.INTENT,
            quantity=approval.quantity,
        )

    def caught_up(self) -> Account:
        """What risk will know of what it holds now, once it has heard all."""
        account = self.heard
        for number in range(self.reports_heard, len(self.reports)):
            account = apply_order_update(account, self.reports[number], number + 1)
        return apply_portfolio(account, self.states[-1])

    def fill(self, choice: int, quantity: int, price: Decimal) -> None:
        """A part of a working order fills at a price between its bound and the mark."""
        if (order_id := self.working(choice)) is None:
            return
        order = self.orders[order_id]
        shares = min(Decimal(quantity), order.quantity - order.filled_quantity)
        bound, mark = self.bounds[order_id], MARKS[order.symbol]
        paid, fee = between(bound, mark, price, order.side), self.fees_due[order_id]
        signed = shares if order.side is Side.BUY else -shares
        self.cash -= signed * paid + fee
        self.shares[order.symbol] += signed
        self.fees_due[order_id] = Decimal(0)
        execution = Execution(execution_id="e", quantity=shares, price=paid, fee=fee, executed_at=NOW)
        whole = order.filled_quantity + shares == order.quantity
        self.report(order_id, OrderState.FILLED if whole else OrderState.PARTIALLY_FILLED, execution)

    def end(self, choice: int, state: OrderState) -> None:
        if (order_id := self.working(choice)) is not None:
            self.report(order_id, state)

    def working(self, choice: int) -> str | None:
        idle = (*ENDED, OrderState.INTENT)
        working = [order_id for order_id, order in self.orders.items() if order.state not in idle]
        return working[choice % len(working)] if working else None

    def report(self, order_id: str, state: OrderState, execution: Execution | None = None) -> None:
        order = self.orders[order_id]
        filled = order.filled_quantity + (Decimal(0) if execution is None else execution.quantity)
        self.orders[order_id] = OrderReport(
            account=order.account,
            client_order_id=order.client_order_id,
            decision_id=order.decision_id,
            strategy=order.strategy,
            symbol=order.symbol,
            side=order.side,
            state=state,
            quantity=order.quantity,
            filled_quantity=filled,
            execution=execution,
        )
        self.reports.append(self.orders[order_id])
        self.told = apply_order_update(self.told, self.reports[-1], len(self.reports))
        self.publish()
        self.told = apply_portfolio(self.told, self.states[-1])

    def publish(self) -> None:
        positions = tuple(
            Position(symbol=symbol, quantity=shares, average_price=MARKS[symbol])
            for symbol, shares in self.shares.items()
        )
        version = len(self.states) + 1
        self.states.append(
            Portfolio(
                account="paper",
                version=version,
                through_sequence=len(self.reports),
                cash=self.cash,
                positions=positions,
            )
        )

    def hear_reports(self, count: int) -> None:
        for _ in range(min(count, len(self.reports) - self.reports_heard)):
            self.reports_heard += 1
            self.heard = apply_order_update(self.heard, self.reports[self.reports_heard - 1], self.reports_heard)

    def hear_states(self, count: int) -> None:
        self.states_heard = min(self.states_heard + count, len(self.states))
        if self.states_heard:
            self.heard = apply_portfolio(self.heard, self.states[self.states_heard - 1])

    def reserved(self) -> Decimal:
        """What the working buys may still cost, by the broker's own books alone; the dearer terms of a replace."""
        successors = {old: new for new, old in self.replacing.items()}
        return sum(
            (
                max(self.cost(order_id, order), self.cost(successors.get(order_id, order_id), order))
                for order_id, order in self.orders.items()
                if order.state not in (*ENDED, OrderState.INTENT) and order.side is Side.BUY
            ),
            Decimal(0),
        )

    def cost(self, terms_of: str, order: OrderReport) -> Decimal:
        return (order.quantity - order.filled_quantity) * self.bounds[terms_of] + self.fees_due[terms_of]


def between(bound: Decimal, mark: Decimal, price: Decimal, side: Side) -> Decimal:
    """A price from the mark to the bound; the bound itself where the mark is on its wrong side."""
    reachable = bound >= mark if side is Side.BUY else bound <= mark
    return mark + (bound - mark) * price if reachable else bound


PRICES = st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)])
STEPS = st.one_of(
    st.tuples(st.just("signal"), st.sampled_from(sorted(MARKS)), st.sampled_from(Side), st.integers(1, 120)),
    st.tuples(st.just("fill"), st.integers(0, 9), st.integers(1, 120), PRICES),
    st.tuples(st.just("end"), st.integers(0, 9), st.sampled_from([OrderState.CANCELED, OrderState.EXPIRED])),
    st.tuples(st.just("replace"), st.integers(0, 9), st.sampled_from([Decimal("0.97"), Decimal(1), Decimal("1.03")])),
    st.tuples(st.just("take_over"), st.integers(0, 9), st.booleans(), st.booleans()),
    st.tuples(st.just("hear_reports"), st.integers(1, 5)),
    st.tuples(st.just("hear_states"), st.integers(1, 5)),
)


def known_free(account: Account) -> Decimal:
    free = free_cash(account, lines(account, MARKS))
    assert free is not None
    return free


@settings(max_examples=300)
@given(steps=st.lists(STEPS, max_size=40))
def test_reserved_and_spent_never_exceed_cash(make: Make, steps: list[tuple[str, object]]) -> None:
    """Whatever happens in whichever order, all working buys can be paid, and no share is sold twice."""
    broker = Broker(make, allow_short=False)
    for name, *arguments in steps:
        getattr(broker, name)(*arguments)
        assert broker.cash - broker.reserved() >= 0
        assert all(shares >= 0 for shares in broker.shares.values())
        assert known_free(broker.heard) <= known_free(broker.told)
        assert known_free(broker.told) >= 0


@settings(max_examples=300)
@given(steps=st.lists(STEPS, max_size=40))
def test_shorts_hold_buying_power_too(make: Make, steps: list[tuple[str, object]]) -> None:
    """With short selling allowed, what is free is never below zero, and never more than what is really free."""
    broker = Broker(make, allow_short=True)
    for name, *arguments in steps:
        getattr(broker, name)(*arguments)
        assert known_free(broker.told) >= 0
        assert known_free(broker.heard) <= known_free(broker.told)


@settings(max_examples=150)
@given(steps=st.lists(STEPS, max_size=40))
def test_once_all_is_heard_all_is_known(make: Make, steps: list[tuple[str, object]]) -> None:
    """However late the streams were, once both are heard risk sees the account as it is."""
    broker = Broker(make, allow_short=True)
    for name, *arguments in steps:
        getattr(broker, name)(*arguments)
    broker.hear_reports(len(broker.reports))
    broker.hear_states(len(broker.states))
    assert broker.heard == broker.told
    assert not broker.heard.fills
    worth = sum((shares * MARKS[symbol] for symbol, shares in broker.shares.items()), Decimal(0))
    assert equity(broker.heard, lines(broker.heard, MARKS)) == broker.cash + worth


def test_the_interleavings_reach_what_they_are_for(make: Make) -> None:
    """The broker of these tests does approve, fill and sell short, so that the properties are not empty."""
    broker = Broker(make, allow_short=True)
    broker.signal("AAPL", Side.BUY, 50)
    broker.signal("AAPL", Side.BUY, 60)  # more than the rest
    broker.fill(0, 50, Decimal(1))
    broker.hear_reports(9)
    broker.hear_states(9)
    broker.signal("AAPL", Side.SELL, 60)
    broker.fill(0, 60, Decimal(0))
    assert broker.approved == 2
    assert broker.shares == {"AAPL": Decimal(-10), "MSFT": Decimal(0)}


def test_lines_change_with_a_hold_as_if_made_anew(make: Make) -> None:
    """Adding an approved order to the lines gives what making them from the account gives."""
    broker = Broker(make, allow_short=False)
    before = lines(broker.heard, MARKS)
    broker.signal("AAPL", Side.BUY, 10)
    (kept,) = broker.heard.holds.values()
    after = with_hold(before, kept, Decimal(100))
    assert after == lines(broker.heard, MARKS)
    assert after.sums == lines(broker.heard, MARKS).sums
    assert with_hold(Lines(), kept, Decimal(100))["AAPL"].highest == 1000


@pytest.mark.parametrize("side", list(Side))
def test_a_target_counts_the_strategy_alone(side: Side) -> None:
    """What a strategy owns is its booked position, its unbooked fills and its working orders; no other one's."""
    state = Portfolio(
        account="paper",
        version=1,
        through_sequence=0,
        cash=OPENING,
        positions=tuple(
            Position(symbol="AAPL", strategy=name, quantity=Decimal(shares), average_price=Decimal(100))
            for name, shares in ((None, 70), ("trend", 40), ("momentum", 30))
        ),
    )
    account = apply_portfolio(Account(name="paper"), state)
    report = OrderReport(
        account="paper",
        client_order_id="order-1",
        strategy="trend",
        symbol="AAPL",
        side=side,
        state=OrderState.PARTIALLY_FILLED,
        quantity=Decimal(10),
        filled_quantity=Decimal(4),
        execution=Execution(execution_id="e", quantity=Decimal(4), price=Decimal(100), executed_at=NOW),
    )
    account = apply_order_update(account, report, 1)
    seen = lines(account, MARKS)
    owned = [standing(account, seen, symbol="AAPL", strategy=name).own for name in ("trend", "momentum")]
    assert owned == {Side.BUY: [50, 30], Side.SELL: [30, 30]}[side]
    assert not is_reduction(seen["AAPL"].book, Side.SELL, Decimal(75))
