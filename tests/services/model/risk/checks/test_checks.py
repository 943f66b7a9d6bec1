"""Each limit just under, at and just over its value, long and short; and what is not known."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from stockbot.events.trading import Intent, OrderTerms, OrderType, Side
from stockbot.model.risk.account import Hold
from stockbot.model.risk.checks import CHECKS, Kind
from stockbot.model.risk.decide import Approved, Denied, decide, what_if
from stockbot.model.risk.inputs import DecisionInputs, Replaced
from stockbot.model.risk.trading_state import TradingState
from stockbot.testing.clock import START as NOW

Make = Callable[..., DecisionInputs]
Changes = dict[str, Any]
CENT = Decimal("0.01")
SIDES = {1: Side.BUY, -1: Side.SELL}


def ago(seconds: float) -> Any:
    return NOW - timedelta(seconds=seconds)


def working(sign: int, quantity: int) -> Hold:
    return Hold(strategy="other", symbol="AAPL", side=SIDES[sign], quantity=Decimal(quantity), per_share=Decimal(0))


# `sign` is 1 for a buy and -1 for a short sale, `step` is -1 just under, 0 at and 1 just over the limit.
LIMITS: dict[str, Callable[[int, int], Changes]] = {
    "MARKET_DATA_SILENT": lambda _, step: {"health": {"market_data_at": ago(30 + step)}},
    "PRICE_STALE": lambda _, step: {
        "quote": {"source_time": ago(30 + step)},
        "signal": {"reference_time": ago(60)},
    },
    "PRICE_NOT_RECEIVED": lambda _, step: {"quote": {"receive_time": ago(30 + step)}},
    "PRICE_OLDER_THAN_SIGNAL": lambda _, step: {
        "quote": {"source_time": ago(10 + step)},
        "signal": {"reference_time": ago(10)},
    },
    "PRICE_OUTSIDE_BAND": lambda sign, step: {
        "signal": {"terms": {"limit_price": 100 + sign * (5 + step * CENT)}},
    },
    "NOTIONAL_EXCEEDS_MAX_PER_ORDER": lambda _, step: {
        "signal": {"quantity": Decimal(10 + step)},
        "limits": {"max_order_notional": Decimal(1000)},
    },
    # a buy takes its price, a short half of it beyond its proceeds
    "NOTIONAL_EXCEEDS_FREE_CASH": lambda sign, step: {
        "standing": {"cash_here": (Decimal(1000) if sign > 0 else Decimal(500)) - step * CENT},
    },
    "QUANTITY_EXCEEDS_SHARE_OF_VOLUME": lambda _, step: {"instrument": {"average_volume": Decimal(1000 - step)}},
    "POSITION_EXCEEDS_MAX_NOTIONAL": lambda sign, step: {
        "standing": {"book": {"position": sign * Decimal(80 + step), "working": (working(sign, 10),)}},
        "limits": {"max_position_notional": Decimal(10_000)},
    },
    "POSITION_EXCEEDS_MAX_WEIGHT": lambda sign, step: {
        "standing": {"book": {"position": sign * Decimal(80), "working": (working(sign, 10 + step),)}},
        "limits": {"max_position_weight": Decimal("0.1")},
    },
    "EXPOSURE_EXCEEDS_MAX_GROSS": lambda _, step: {
        "standing": {"gross": Decimal(99_000) + step * CENT},
        "limits": {"max_gross_exposure": Decimal(1)},
    },
    "EXPOSURE_EXCEEDS_MAX_NET": lambda sign, step: {
        "standing": {"highest" if sign > 0 else "lowest": sign * (Decimal(99_000) + step * CENT)},
        "limits": {"max_net_exposure": Decimal(1)},
    },
    "GROUP_EXCEEDS_MAX_WEIGHT": lambda _, step: {
        "standing": {"groups": {"index": Decimal(0), "technology": Decimal(49_000) + step * CENT}},
        "limits": {"max_group_weight": Decimal("0.5")},
    },
    "ORDERS_EXCEED_MAX_OPEN": lambda _, step: {"standing": {"open_orders": 49 + step}},
    "RATE_EXCEEDS_ACCOUNT_LIMIT": lambda _, step: {"activity": {"account_orders": 59 + step}},
    "RATE_EXCEEDS_STRATEGY_LIMIT": lambda _, step: {"activity": {"strategy_orders": 19 + step}},
    "LOSS_EXCEEDS_DAILY_LIMIT": lambda _, step: {
        "losses": {"day": {"equity": Decimal(102_000)}},
        "standing": {"equity": Decimal(99_960) - step},
    },
    "LOSS_EXCEEDS_DRAWDOWN_LIMIT": lambda _, step: {
        "losses": {"peak": {"equity": Decimal(110_000)}},
        "standing": {"equity": Decimal(99_000) - step},
    },
    "LOSS_EXCEEDS_STRATEGY_LIMIT": lambda _, step: {"losses": {"strategy_loss": Decimal(1000) + step}},
    "LOSSES_IN_A_ROW": lambda _, step: {"losses": {"losses_in_a_row": 4 + (step > 0), "last_loss_at": NOW}},
}


@pytest.mark.parametrize("step", [-1, 0, 1], ids=["under", "at", "over"])
@pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
@pytest.mark.parametrize("code", LIMITS)
def test_a_limit_holds_to_the_smallest_step(make: Make, code: str, sign: int, step: int) -> None:
    """Up to its limit an order is approved, and one step beyond it this check alone denies it."""
    inputs = make({"signal": {"side": SIDES[sign]}}, LIMITS[code](sign, step))
    answer = decide(inputs)
    if step <= 0:
        assert isinstance(answer, Approved), answer
    else:
        assert isinstance(answer, Denied)
        assert [reason.code for reason in answer.denial.reasons] == [code]


EXTENDED = OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(100), extended_hours=True)
LATER = NOW + timedelta(hours=6)  # the close
AFTER_CLOSE = {"market_now": LATER, "signal": {"valid_until": LATER + timedelta(1)}, "quote": {"source_time": LATER}}

BOUGHT = Hold(strategy="trend", symbol="AAPL", side=Side.BUY, quantity=Decimal(10), per_share=Decimal(90))
REPLACE: Changes = {
    "signal": {"intent": Intent.REPLACE, "order": "order-1", "side": None, "quantity": None},
    "replaced": Replaced(hold=BOUGHT),
}

# What has no number to be just over: the changes that pass, and those that this check alone denies.
CONDITIONS: dict[str, tuple[Changes, Changes]] = {
    "TRADING_HALTED": ({"trading_state": TradingState.ACTIVE}, {"trading_state": TradingState.HALTED}),
    "TRADING_REDUCING": ({"trading_state": TradingState.ACTIVE}, {"trading_state": TradingState.REDUCING}),
    "ACCOUNT_UNKNOWN": ({"standing": {"known": True}}, {"standing": {"known": False}}),
    "SERVICE_SILENT": ({"health": {"silent": ()}}, {"health": {"silent": ("execution-engine",)}}),
    "SIGNAL_EXPIRED": (
        {"signal": {"valid_until": NOW + timedelta(microseconds=1)}},
        {"signal": {"valid_until": NOW}},
    ),
    "SIGNAL_DUPLICATE": ({}, {"activity": {"earlier_decision": "decision-0"}}),
    "SESSION_CLOSED": ({**AFTER_CLOSE, "market_now": LATER - timedelta(microseconds=1)}, AFTER_CLOSE),
    "QUANTITY_BELOW_MINIMUM": (
        {"instrument": {"minimum_quantity": Decimal(10)}},
        {"instrument": {"minimum_quantity": Decimal(11)}},
    ),
    "QUANTITY_EXCEEDS_MAXIMUM": (
        {"instrument": {"maximum_quantity": Decimal(10)}},
        {"instrument": {"maximum_quantity": Decimal(9)}},
    ),
    "QUANTITY_EXCEEDS_CLOSABLE": (
        {"signal": {"intent": Intent.EXIT}, "standing": {"book": {"position": Decimal(-10)}}},
        {"signal": {"intent": Intent.EXIT}, "standing": {"book": {"position": Decimal(-9)}}},
    ),
    "NOTIONAL_BELOW_MINIMUM": (
        {"instrument": {"minimum_notional": Decimal(1000)}},
        {"instrument": {"minimum_notional": Decimal("1000.01")}},
    ),
    "PRICE_BELOW_TICK": ({"instrument": {"tick": Decimal(100)}}, {"instrument": {"tick": Decimal(101)}}),
    "TERMS_INCOMPLETE": (
        {"signal": {"terms": OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(100))}},
        {"signal": {"terms": OrderTerms(order_type=OrderType.STOP)}},
    ),
    "BRACKET_MISPLACED": (
        {"signal": {"terms": {"stop_loss": Decimal("99.99"), "take_profit": Decimal("100.01")}}},
        {"signal": {"terms": {"stop_loss": Decimal(100)}}},
    ),
    "ORDER_NOT_REPLACEABLE": (REPLACE, {**REPLACE, "replaced": Replaced(hold=BOUGHT, successor="decision-0")}),
    "PRICE_MARKED_STALE": ({"quote": {"stale": False}}, {"quote": {"stale": True}}),
    "SHORT_NOT_ALLOWED": (
        {
            "signal": {"side": Side.SELL},
            "limits": {"allow_short": False},
            "standing": {"book": {"position": Decimal(10)}},
        },
        {
            "signal": {"side": Side.SELL},
            "limits": {"allow_short": False},
            "standing": {"book": {"position": Decimal(19), "working": (working(-1, 10),)}},
        },
    ),
}


@pytest.mark.parametrize("code", CONDITIONS)
def test_a_condition_alone_denies(make: Make, code: str) -> None:
    """Where the condition holds an order is approved, and where it does not this check alone denies it."""
    good, bad = CONDITIONS[code]
    assert isinstance(decide(make(good)), Approved), decide(make(good))
    answer = decide(make(bad))
    assert isinstance(answer, Denied)
    assert [reason.code for reason in answer.denial.reasons] == [code]


# What is not known: the changes, and a check that must fail by it.
UNKNOWN: list[tuple[Changes, str]] = [
    ({"quote": None}, "PRICE_MISSING"),
    ({"quote": None}, "PRICE_MARKED_STALE"),
    ({"quote": None}, "PRICE_STALE"),
    ({"quote": None}, "PRICE_NOT_RECEIVED"),
    ({"quote": None}, "PRICE_OLDER_THAN_SIGNAL"),
    ({"quote": None, "standing": {"book": {"mark": None}}}, "PRICE_OUTSIDE_BAND"),
    ({"quote": None, "standing": {"book": {"mark": None}}}, "POSITION_EXCEEDS_MAX_NOTIONAL"),
    ({"instrument": None}, "INSTRUMENT_NOT_FOUND"),
    ({"instrument": None}, "QUANTITY_BELOW_MINIMUM"),
    ({"instrument": None}, "QUANTITY_EXCEEDS_MAXIMUM"),
    ({"instrument": None}, "NOTIONAL_BELOW_MINIMUM"),
    ({"instrument": None}, "PRICE_BELOW_TICK"),
    ({"instrument": None}, "QUANTITY_EXCEEDS_SHARE_OF_VOLUME"),
    ({"instrument": {"average_volume": None}}, "QUANTITY_EXCEEDS_SHARE_OF_VOLUME"),
    ({"sessions": None}, "SESSION_CLOSED"),
    ({"sessions": {"sessions": ()}}, "SESSION_CLOSED"),
    ({"standing": {"known": False}}, "ACCOUNT_UNKNOWN"),
    ({"standing": {"cash_here": None}}, "NOTIONAL_EXCEEDS_FREE_CASH"),
    ({"standing": {"equity": None}}, "POSITION_EXCEEDS_MAX_WEIGHT"),
    ({"standing": {"equity": Decimal(0)}}, "POSITION_EXCEEDS_MAX_WEIGHT"),
    ({"standing": {"equity": Decimal(-1)}}, "EXPOSURE_EXCEEDS_MAX_GROSS"),
    ({"standing": {"equity": None}}, "LOSS_EXCEEDS_DAILY_LIMIT"),
    ({"standing": {"equity": None}}, "LOSS_EXCEEDS_DRAWDOWN_LIMIT"),
    ({"standing": {"gross": None}}, "EXPOSURE_EXCEEDS_MAX_GROSS"),
    ({"standing": {"highest": None}}, "EXPOSURE_EXCEEDS_MAX_NET"),
    ({"standing": {"lowest": None}}, "EXPOSURE_EXCEEDS_MAX_NET"),
    ({"standing": {"groups": {"technology": None, "index": Decimal(1)}}}, "GROUP_EXCEEDS_MAX_WEIGHT"),
    ({"losses": {"day": None}}, "LOSS_EXCEEDS_DAILY_LIMIT"),
    ({"losses": {"day": None}}, "LOSS_EXCEEDS_STRATEGY_LIMIT"),
    ({"losses": {"net_deposits": None}}, "LOSS_EXCEEDS_DAILY_LIMIT"),
    ({"losses": {"net_deposits": None}}, "LOSS_EXCEEDS_DRAWDOWN_LIMIT"),
    ({"losses": {"peak": None}}, "LOSS_EXCEEDS_DRAWDOWN_LIMIT"),
    ({"losses": {"strategy_loss": None}}, "LOSS_EXCEEDS_STRATEGY_LIMIT"),
    ({"losses": {"day": {"equity": Decimal(0)}}}, "LOSS_EXCEEDS_DAILY_LIMIT"),
    ({"losses": {"losses_in_a_row": 5}}, "LOSSES_IN_A_ROW"),
    ({"health": {"market_data_at": None}}, "MARKET_DATA_SILENT"),
    ({"quote": {"source_time": NOW + timedelta(seconds=6)}}, "PRICE_STALE"),
    ({"quote": {"receive_time": NOW + timedelta(seconds=6)}}, "PRICE_NOT_RECEIVED"),
]


@pytest.mark.parametrize(("changes", "code"), UNKNOWN)
def test_what_is_unknown_denies(make: Make, changes: Changes, code: str) -> None:
    """A number that is missing, used up or from the future fails its check."""
    answer = decide(make(changes))
    assert isinstance(answer, Denied)
    assert code in [reason.code for reason in answer.denial.reasons]


def test_every_check_is_in_a_table() -> None:
    """No check of the table that decides is left out of these tables."""
    tested = {*LIMITS, *CONDITIONS, *(code for _, code in UNKNOWN)}
    assert tested == {check.code for check in CHECKS}
    assert len({check.code for check in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize(
    ("replaced", "detail"),
    [
        (None, "replaces=order-1 known=false"),
        (Replaced(hold=replace(BOUGHT, strategy="other")), "replaces=order-1 own=false replaced_by=none"),
        (Replaced(hold=replace(BOUGHT, symbol="MSFT")), "replaces=order-1 own=false replaced_by=none"),
        (Replaced(hold=BOUGHT, successor="decision-0"), "replaces=order-1 own=true replaced_by=decision-0"),
    ],
)
def test_only_a_strategy_s_own_working_order_is_replaced(make: Make, replaced: Replaced | None, detail: str) -> None:
    """Not one that is unknown, not another strategy's or symbol's, and not one that is being replaced already."""
    answer = decide(make(REPLACE, replaced=replaced))
    assert isinstance(answer, Denied)
    assert ("ORDER_NOT_REPLACEABLE", detail) in [(reason.code, reason.detail) for reason in answer.denial.reasons]


def test_a_replace_keeps_side_and_rest_of_its_order(make: Make) -> None:
    """What was not filled is worked on, odd shares too, at the new terms and against the cash without the old order."""
    kept = replace(BOUGHT, side=Side.SELL, quantity=Decimal(10), filled=Decimal("9.6"))
    held = {"cash_here": Decimal(0), "book": {"position": Decimal(5)}}
    answer = decide(make(REPLACE, replaced=Replaced(hold=kept), standing=held))
    assert isinstance(answer, Approved)
    approval = answer.approval
    assert (approval.side, approval.quantity, approval.replaces) == (Side.SELL, Decimal("0.4"), "order-1")
    assert (approval.reduction, answer.hold.replaces) == (True, "order-1")


# the order's side, its terms, stop loss, take profit, and whether they lie around its price; the market is at 100
BRACKETS = [
    ("buy", OrderTerms(), "99", "101", True),
    ("buy", OrderTerms(), "100", None, False),
    ("buy", OrderTerms(), None, "100", False),
    ("buy", OrderTerms(), "101", "99", False),
    ("sell", OrderTerms(), "101", "99", True),
    ("sell", OrderTerms(), "99", "101", False),
    ("sell", OrderTerms(), "100", None, False),
    ("buy", OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(98)), "97", "99", True),
    ("buy", OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(98)), "99", "101", False),
    # a limit beyond the market fills at the market, or up to the limit
    ("buy", OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(103)), "99", "104", True),
    ("buy", OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(103)), "101", "104", False),
    ("buy", OrderTerms(order_type=OrderType.LIMIT, limit_price=Decimal(103)), "99", "102", False),
    ("buy", OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(103)), "102", "104", True),
    ("buy", OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(103)), "99", "102", False),
    ("sell", OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(97)), "98", "96", True),
    ("sell", OrderTerms(order_type=OrderType.STOP, stop_price=Decimal(97)), "96", None, False),
]


@pytest.mark.parametrize(("side", "terms", "stop_loss", "take_profit", "proper"), BRACKETS)
def test_a_bracket_lies_around_the_price(
    make: Make, side: str, terms: OrderTerms, stop_loss: str | None, take_profit: str | None, proper: bool
) -> None:
    """The stop loss is where the order loses, the take profit where it wins, whatever kind of order it is."""
    prices = {"stop_loss": stop_loss and Decimal(stop_loss), "take_profit": take_profit and Decimal(take_profit)}
    answer = decide(
        make({"signal": {"side": Side(side), "terms": replace(terms, **prices)}, "costs": {"collar": Decimal("0.01")}})
    )
    assert isinstance(answer, Approved) is proper
    if isinstance(answer, Denied):
        assert [reason.code for reason in answer.denial.reasons] == ["BRACKET_MISPLACED"]


def test_a_reduction_has_no_bracket(make: Make) -> None:
    """There is nothing to guard behind an order that only closes."""
    terms = OrderTerms(stop_loss=Decimal(101), take_profit=Decimal(99))
    signal = {"side": Side.SELL, "terms": terms}
    answer = decide(make({"signal": signal, "standing": {"book": {"position": Decimal(10)}}}))
    assert isinstance(answer, Denied)
    assert [reason.code for reason in answer.denial.reasons] == ["BRACKET_MISPLACED"]


def test_a_bracket_s_prices_are_put_on_the_tick(make: Make) -> None:
    """Its legs are orders of the other side, so their prices go to the safe side of the tick for that."""
    terms = OrderTerms(stop_loss=Decimal("98.001"), take_profit=Decimal("102.001"))
    bought = decide(make({"signal": {"terms": terms}}))
    assert isinstance(bought, Approved)
    assert (bought.approval.terms.stop_loss, bought.approval.terms.take_profit) == (Decimal("98.01"), Decimal("102.01"))
    terms = OrderTerms(stop_loss=Decimal("102.009"), take_profit=Decimal("98.009"))
    sold = decide(make({"signal": {"side": Side.SELL, "terms": terms}}))
    assert isinstance(sold, Approved)
    assert (sold.approval.terms.stop_loss, sold.approval.terms.take_profit) == (Decimal("102.00"), Decimal("98.00"))


def test_a_symbol_that_cannot_be_borrowed_is_not_sold_short(make: Make) -> None:
    """Short selling needs the account's permission and the symbol's."""
    answer = decide(make({"signal": {"side": Side.SELL}, "instrument": {"shortable": False}}))
    assert isinstance(answer, Denied)
    assert [reason.code for reason in answer.denial.reasons] == ["SHORT_NOT_ALLOWED"]


def test_the_last_odd_shares_can_be_closed(make: Make) -> None:
    """A rest below the smallest quantity may go as a whole, and not in part."""
    rest = {"signal": {"side": Side.SELL, "quantity": Decimal("0.5")}, "limits": {"allow_short": False}}
    assert isinstance(decide(make(rest, {"standing": {"book": {"position": Decimal("0.5")}}})), Approved)
    assert isinstance(decide(make(rest, {"standing": {"book": {"position": Decimal("0.7")}}})), Denied)


@pytest.mark.parametrize(("cash", "passes"), [("2000", True), ("1999.99", False)])
def test_what_works_already_is_paid_from_the_same_cash(make: Make, cash: str, passes: bool) -> None:
    """A second buy of the same symbol has what the first one leaves."""
    first = Hold(strategy="other", symbol="AAPL", side=Side.BUY, quantity=Decimal(10), per_share=Decimal(100))
    answer = decide(make({"standing": {"cash_here": Decimal(cash), "book": {"working": (first,)}}}))
    assert isinstance(answer, Approved) is passes
    if isinstance(answer, Approved):
        assert answer.approval.held == 1000
    else:
        assert answer.denial.reasons[0].detail == "needed=1000 free=999.99"


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"activity": {"earlier_decision": "decision-0"}}, "signal=signal-1 decision=decision-0"),
        ({"health": {"silent": ("execution-engine", "portfolio")}}, "silent=execution-engine,portfolio"),
        ({"signal": {"terms": OrderTerms(order_type=OrderType.STOP_LIMIT)}}, "stop_price,limit_price"),
        ({"signal": {"terms": OrderTerms(order_type=OrderType.TRAILING_STOP)}}, "missing=trail"),
    ],
)
def test_a_denial_names_what_is_wrong(make: Make, changes: Changes, detail: str) -> None:
    """The earlier decision, the silent services and the missing prices are named."""
    answer = decide(make(changes))
    assert isinstance(answer, Denied)
    assert detail in answer.denial.reasons[0].detail


def test_a_denial_shows_the_numbers(make: Make) -> None:
    """A reason reads as key=value pairs, without exponents, and what is missing reads as unknown."""
    answer = decide(make({"limits": {"max_order_notional": Decimal("1E+2")}, "losses": {"strategy_loss": None}}))
    assert isinstance(answer, Denied)
    assert [(reason.code, reason.detail) for reason in answer.denial.reasons] == [
        ("NOTIONAL_EXCEEDS_MAX_PER_ORDER", "notional=1000 limit=100"),
        ("LOSS_EXCEEDS_STRATEGY_LIMIT", "loss=unknown limit=1000.00 of=100000"),
    ]


def test_what_if_lists_every_check(make: Make) -> None:
    """The answer to a what-if has each check once, with its sentence, and says what a reduction is excused from."""
    judged = what_if(make({"signal": {"side": Side.SELL}, "standing": {"book": {"position": Decimal(10)}}}))
    assert [one.code for one in judged] == [check.code for check in CHECKS]
    assert all(one.excused is (one.kind is Kind.LIMIT) for one in judged)
    assert all(one.sentence.endswith(".") and "=" in one.detail for one in judged)
