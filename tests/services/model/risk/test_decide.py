"""The decision as a whole: reductions pass every limit, nothing passes in Halted, recorded inputs decide the same."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockbot.events.portfolio import Portfolio, Position
from stockbot.events.trading import Flattening, Intent, OrderTerms, OrderType, Side
from stockbot.model.orders.closing import to_close
from stockbot.model.risk.account import Account, Hold, apply_portfolio, hold
from stockbot.model.risk.checks import CHECKS, Kind
from stockbot.model.risk.decide import Approved, Denied, decide, what_if
from stockbot.model.risk.inputs import DecisionInputs, from_json, to_json
from stockbot.model.risk.standing import standing
from stockbot.model.risk.trading_state import TradingState
from stockbot.model.risk.valuation import lines
from stockbot.testing.clock import START as NOW

Make = Callable[..., DecisionInputs]
MARKET, EXIT = OrderTerms(), Intent.EXIT

# Everything that a limit can hold against an order, at once.
HOSTILE: dict[str, Any] = {
    "limits": {
        "max_order_notional": Decimal(0),
        "max_position_notional": Decimal(0),
        "max_position_weight": Decimal(0),
        "max_gross_exposure": Decimal(0),
        "max_net_exposure": Decimal(0),
        "max_group_weight": Decimal(0),
        "max_open_orders": 0,
        "max_orders_per_minute": 0,
        "max_orders_per_minute_per_strategy": 0,
        "price_band": Decimal(0),
        "max_share_of_average_volume": Decimal(0),
        "allow_short": False,
        "max_daily_loss": Decimal(0),
        "max_drawdown": Decimal(0),
        "max_strategy_loss": Decimal(0),
        "max_consecutive_losses": 0,
    },
    "standing": {
        "known": False,
        "equity": None,
        "cash_here": Decimal(-1),
        "gross": None,
        "groups": {"technology": None},
    },
    "quote": None,
    "losses": {"day": None, "peak": None, "strategy_loss": None},
    "health": {"market_data_at": None, "silent": ("execution-engine",)},
    "trading_state": TradingState.REDUCING,
}

SHARES = st.integers(1, 500)
TERMS = st.sampled_from(
    [
        MARKET,
        OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(7)),
        OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(700)),
        OrderTerms(order_type=OrderType.TRAILING_STOP, trail=Decimal(3)),
    ]
)


@settings(max_examples=300)
@given(position=SHARES, closing=st.integers(0, 500), part=SHARES, long=st.booleans(), terms=TERMS, data=st.data())
def test_any_reduction_passes_every_limit(
    make: Make, position: int, closing: int, part: int, long: bool, terms: OrderTerms, data: st.DataObject
) -> None:
    """In Active and in Reducing an order against the position passes exactly as far as nothing closes it already."""
    side = Side.SELL if long else Side.BUY
    kept = Hold(strategy="other", symbol="AAPL", side=side, quantity=Decimal(closing))
    book = {"position": Decimal(position if long else -position), "working": (kept,), "mark": None}
    state = data.draw(st.sampled_from([TradingState.ACTIVE, TradingState.REDUCING]))
    signal = {"intent": data.draw(st.sampled_from([Intent.ENTER, EXIT])), "side": side, "quantity": Decimal(part)}
    answer = decide(make(HOSTILE, trading_state=state, standing={"book": book}, signal={**signal, "terms": terms}))
    assert isinstance(answer, Approved) is (part <= position - closing)


def test_all_that_is_hostile_denies_an_increase(make: Make) -> None:
    """The same circumstances deny an order that adds risk by every limit there is, so the property above has teeth."""
    judged = what_if(make(HOSTILE, {"signal": {"side": Side.SELL}, "standing": {"book": {"mark": None}}}))
    failing = {one.code for one in judged if not one.passed}
    assert failing == {check.code for check in CHECKS if check.kind is Kind.LIMIT}


@settings(max_examples=100)
@given(position=st.integers(-500, 500), quantity=SHARES, side=st.sampled_from(Side), intent=st.sampled_from(Intent))
def test_nothing_passes_in_halted(make: Make, position: int, quantity: int, side: Side, intent: Intent) -> None:
    """Neither an increase nor a reduction of a strategy, a target or other terms pass while trading is halted."""
    signal = {"side": side, "quantity": Decimal(quantity), "intent": intent, "target": Decimal(quantity), "order": "x"}
    book = {"position": Decimal(position)}
    answer = decide(make(trading_state=TradingState.HALTED, signal=signal, standing={"book": book}))
    assert isinstance(answer, Denied)
    assert answer.denial.reasons[0].code == "TRADING_HALTED"


@settings(max_examples=100)
@given(position=st.integers(-500, 500), quantity=SHARES, side=st.sampled_from(Side))
def test_a_confirmed_flatten_reduces_while_halted(make: Make, position: int, quantity: int, side: Side) -> None:
    """An admin's flatten closes what there is: exactly its reductions pass. Of one that nobody confirmed, none do."""
    signal = {"flatten": Flattening.CONFIRMED, "side": side, "quantity": Decimal(quantity), "intent": EXIT}
    held = {"book": {"position": Decimal(position)}, "own_closable": Decimal(position)}
    answer = decide(make(trading_state=TradingState.HALTED, signal=signal, standing=held))
    closes = side is (Side.SELL if position > 0 else Side.BUY) and quantity <= abs(position)
    assert isinstance(answer, Approved) is closes
    asked = signal | {"flatten": Flattening.ASKED}
    answer = decide(make(trading_state=TradingState.HALTED, signal=asked, standing=held))
    assert isinstance(answer, Denied)


def test_a_flatten_never_sells_what_another_holds(make: Make) -> None:
    """Where an exit of the holder itself still works, its close finds nothing; the other's is its own all the same."""
    account = holding({"trend": Decimal(10), "momentum": Decimal(10)})
    own_exit = {"intent": EXIT, "side": Side.SELL, "quantity": Decimal(10)}
    first = flattened(make, account, "trend", own_exit)
    assert isinstance(first, Approved)
    account = hold(account, "exit", first.hold)
    closes = [flattened(make, account, name, own_exit | CONFIRMED) for name in ("trend", "momentum")]
    assert [type(answer) for answer in closes] == [Denied, Approved]


@pytest.mark.parametrize(
    "shares", [{"external": "10.5", "trend": "10"}, {"external": "0.5", "trend": "10"}, {"a": "1.5", "b": "1.5"}]
)
def test_a_flatten_leaves_no_odd_shares(make: Make, shares: dict[str, str]) -> None:
    """Each holder's rest is sold as it is, whoever comes first, and the account is flat in the end."""
    held = {name: Decimal(quantity) for name, quantity in shares.items()}
    account, sold = holding(held), {}
    for close in to_close({(name, "AAPL"): quantity for name, quantity in held.items()}):
        wanted = CONFIRMED | {"intent": EXIT, "side": close.side, "quantity": close.quantity}
        answer = flattened(make, account, close.strategy, wanted)
        assert isinstance(answer, Approved)
        account, sold[close.strategy] = hold(account, close.strategy, answer.hold), answer.approval.quantity
    assert sold == held


CONFIRMED = {"flatten": Flattening.CONFIRMED}


def flattened(make: Make, account: Account, strategy: str, signal: dict[str, Any]) -> Approved | Denied:
    """What risk says to this signal of a strategy, in the account as it is."""
    seen = standing(account, lines(account, {}), symbol="AAPL", strategy=strategy)
    return decide(make(signal=signal | {"strategy": strategy}, standing=seen, limits={"allow_short": False}))


def holding(shares: Mapping[str, Decimal], in_all: Decimal | None = None) -> Account:
    """An account with so many AAPL of each strategy."""
    rows = [(None, sum(shares.values(), Decimal(0)) if in_all is None else in_all), *shares.items()]
    positions = tuple(
        Position(symbol="AAPL", strategy=name, quantity=quantity, average_price=Decimal(100), mark=Decimal(100))
        for name, quantity in rows
    )
    portfolio = Portfolio(account="paper", version=1, through_sequence=0, cash=Decimal(20_000), positions=positions)
    return apply_portfolio(Account(name="paper"), portfolio)


@pytest.mark.parametrize("intent", [Intent.ENTER, Intent.EXIT, Intent.TARGET])
@pytest.mark.parametrize("position", [100, -100])
def test_two_simultaneous_orders_do_not_close_the_same_shares(make: Make, intent: Intent, position: int) -> None:
    """The first order reserves the shares that it closes; the second one finds nothing left to close."""
    account = holding({"trend": Decimal(position), "momentum": Decimal(position)}, in_all=Decimal(position))
    side = Side.SELL if position > 0 else Side.BUY
    answers = []
    for strategy in ("trend", "momentum"):
        seen = standing(account, lines(account, {}), symbol="AAPL", strategy=strategy)
        signal = {"strategy": strategy, "intent": intent, "side": side, "quantity": Decimal(100), "target": Decimal(0)}
        inputs = make(signal=signal, standing=seen, limits={"allow_short": False}, trading_state=TradingState.REDUCING)
        answers.append(decide(inputs))
        if isinstance(answer := answers[-1], Approved):
            account = hold(account, strategy, answer.hold)
    assert [type(answer) for answer in answers] == [Approved, Denied]


CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "trading_state": st.sampled_from(TradingState),
        "quote": st.none(),
        "sessions": st.none(),
        "instrument": st.one_of(st.none(), st.fixed_dictionaries({"lot": st.decimals("0.001", 7, places=3)})),
        "signal": st.fixed_dictionaries(
            {"side": st.sampled_from(Side), "quantity": st.decimals("0.001", 400, places=3), "terms": TERMS}
        ),
        "standing": st.fixed_dictionaries(
            {"equity": st.one_of(st.none(), st.decimals(-1000, 100_000, places=2)), "open_orders": st.integers(0, 60)}
        ),
        "losses": st.fixed_dictionaries({"strategy_loss": st.one_of(st.none(), st.decimals(-5000, 5000, places=2))}),
    },
)


@settings(max_examples=200)
@given(changes=CHANGES)
def test_a_decision_is_a_function_of_its_recorded_inputs(make: Make, changes: dict[str, Any]) -> None:
    """The inputs survive being stored, and deciding again gives the same answer to the byte."""
    inputs = make(changes)
    replayed = from_json(to_json(inputs))
    assert replayed == inputs
    assert msgspec.json.encode(decide(replayed)) == msgspec.json.encode(decide(inputs))


SIZES = st.sampled_from([Decimal(size) for size in ("1E-12", "0.004", "0.01", "1", "99.999", "1E9", "1E15")])


@settings(max_examples=300)
@given(price=SIZES, quantity=SIZES, limit=SIZES, position=SIZES, tick=SIZES, lot=SIZES, data=st.data())
def test_every_size_gets_an_answer(
    make: Make,
    price: Decimal,
    quantity: Decimal,
    limit: Decimal,
    position: Decimal,
    tick: Decimal,
    lot: Decimal,
    data: st.DataObject,
) -> None:
    """From the smallest to the largest number that is stored, there is a decision and never an error."""
    signal = {
        "side": data.draw(st.sampled_from(Side)),
        "intent": data.draw(st.sampled_from(Intent)),
        "quantity": quantity,
        "target": data.draw(st.sampled_from([Decimal(0), quantity, -quantity])),
        "order": "order-1",
        "reference_price": limit,
        "terms": data.draw(st.sampled_from([MARKET, OrderTerms(order_type=OrderType.LIMIT, limit_price=limit)])),
    }
    held = data.draw(st.sampled_from([position, -position]))
    inputs = make(
        signal=signal,
        quote={"last": price},
        standing={"book": {"position": held}, "own": held},
        instrument={"tick": tick, "lot": lot, "minimum_quantity": lot},
        costs={"collar": Decimal("0.01"), "minimum_fee": Decimal(1)},
        limits={"max_order_notional": Decimal("1E15")},
    )
    answer = decide(inputs)
    assert isinstance(answer, Approved | Denied)
    assert len(what_if(inputs)) == len(CHECKS)


def test_what_an_approval_says(make: Make) -> None:
    """Side, quantity, terms with the collar, the cash held in whole cents, and ten seconds to live."""
    costs = {"collar": Decimal("0.01"), "minimum_fee": Decimal(1)}
    answer = decide(
        make(signal={"terms": MARKET, "quantity": Decimal("10.7")}, costs=costs, instrument={"tick": Decimal("0.001")})
    )
    assert isinstance(answer, Approved)
    approval = answer.approval
    assert (approval.decision_id, approval.signal_id) == ("decision-1", "signal-1")
    assert (approval.side, approval.quantity) == (Side.BUY, Decimal(10))
    assert approval.terms == OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(101))
    assert approval.held == Decimal(1011)
    assert approval.expires_at == NOW + timedelta(seconds=10)
    assert not answer.approval.reduction
    assert [answer.hold.leaves, answer.hold.per_share, answer.hold.fee] == [10, 101, 1]


def test_held_cash_is_rounded_up(make: Make) -> None:
    """A hold that is no whole number of cents never says less than is held."""
    answer = decide(make(signal={"quantity": Decimal(1)}, costs={"minimum_fee": Decimal("0.001")}))
    assert isinstance(answer, Approved)
    assert answer.approval.held == Decimal("100.01")


def test_a_reduction_holds_no_cash(make: Make) -> None:
    """What only closes a position pays its fee out of the proceeds."""
    changes = {
        "signal": {"side": Side.SELL},
        "standing": {"book": {"position": Decimal(10)}},
        "costs": {"minimum_fee": Decimal(1)},
    }
    answer = decide(make(changes))
    assert isinstance(answer, Approved)
    assert answer.approval.reduction
    assert answer.approval.held == 0


def test_a_denial_has_every_reason(make: Make) -> None:
    """A person learns of all that speaks against an order at once, not of the first thing only."""
    answer = decide(make(quote=None, instrument=None, sessions=None))
    assert isinstance(answer, Denied)
    assert len(answer.denial.reasons) > 5
    assert (answer.denial.signal_id, answer.denial.strategy, answer.denial.symbol) == ("signal-1", "trend", "AAPL")


def test_a_target_that_is_reached_has_nothing_to_trade(make: Make) -> None:
    """A strategy that repeats its target is told that there is nothing to do."""
    changes = {"signal": {"intent": Intent.TARGET, "target": Decimal(10)}, "standing": {"own": Decimal(10)}}
    answer = decide(make(changes))
    assert isinstance(answer, Denied)
    assert [(reason.code, reason.detail) for reason in answer.denial.reasons] == [
        ("QUANTITY_BELOW_MINIMUM", "wanted=0 quantity=0 minimum=1")
    ]


@pytest.mark.parametrize("bad", ["NaN", "Infinity"])
@pytest.mark.parametrize(
    "path",
    ["standing.equity", "standing.cash_here", "standing.book.position", "losses.strategy_loss", "losses.day.equity"],
)
def test_inputs_with_numbers_that_cannot_be_compared_are_refused(make: Make, path: str, bad: str) -> None:
    """NaN and Infinity are no inputs: they are refused before anything is decided."""
    document = msgspec.json.decode(to_json(make()))
    *parts, last = path.split(".")
    place = document
    for part in parts:
        place = place[part]
    place[last] = bad
    with pytest.raises(msgspec.ValidationError, match="must be a finite decimal"):
        from_json(msgspec.json.encode(document))
