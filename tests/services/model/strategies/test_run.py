"""`decide`, the one entry: what enters, when signals are made, what waits for the session, and what never counts."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment, Bar, Quote, Session, SessionHours
from stockbot.events.trading import Intent, OrderTerms, Side
from stockbot.model.strategies.run import NOTHING, Run, decide, learn
from stockbot.model.strategies.schedule import Sessions
from stockbot.model.strategies.signals import TICK, Instance, signal_id
from stockbot.model.strategies.sizing import FixedQuantity, Sizing, VolatilityTarget
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View, WorkingOrder
from stockbot.model.strategies.wishes import Cancel, Enter, Exit, Replace, Target, Wish
from stockbot.testing.clock import START
from stockbot.testing.events import quote

MakeBars = Callable[..., list[Bar]]
OPEN, CLOSED = Session.OPEN, Session.CLOSED
SECOND = timedelta(seconds=1)
FLAT = View(equity=Decimal(100_000))
LONG = Target(fraction=1.0, reason="up")
ORDER = WorkingOrder(client_order_id="o1", side=Side.BUY, leaves=Decimal(5))


class ScriptParameters(Struct, frozen=True, kw_only=True):
    bars: int = 3


class Script(Strategy[ScriptParameters]):
    """Wishes for the same at every bar and every quote, and writes down what it was given."""

    version = "7"
    Parameters = ScriptParameters
    on_each_bar: Any = (LONG,)
    on_each_quote: Any = ()

    def __init__(self, parameters: ScriptParameters) -> None:
        super().__init__(parameters)
        self.seen: list[Bar | Quote] = []

    @classmethod
    def warmup(cls, parameters: ScriptParameters) -> int:
        return parameters.bars

    def on_bar(self, bar: Bar, view: View) -> Sequence[Wish]:
        self.seen.append(bar)
        return self.on_each_bar  # type: ignore[no-any-return]  # a test may answer with anything

    def on_quote(self, quote: Quote, view: View) -> Sequence[Wish]:
        self.seen.append(quote)
        return self.on_each_quote  # type: ignore[no-any-return]  # a test may answer with anything


def run_of(
    *, on_bar: Any = (LONG,), on_quote: Any = (), warmup: int = 1, interval: str = "1m", **other: Any
) -> tuple[Run, Script]:
    script = Script(ScriptParameters(bars=warmup))
    script.on_each_bar, script.on_each_quote = on_bar, on_quote
    sizing: Sizing = other.pop("sizing", FixedQuantity(Decimal(10)))
    instance = Instance(name="trend", account="paper", interval=interval, sizing=sizing, **other)
    return Run(instance, "AAPL", script), script


def test_no_signal_before_it_is_warm(make_bars: MakeBars) -> None:
    """The bar that completes the warm-up is the first that may lead to a signal; until then it is said how far."""
    run, _ = run_of(warmup=3)
    decisions = [decide(run, bar, FLAT, session=OPEN) for bar in make_bars([10, 11, 12, 13])]
    assert [len(one.signals) for one in decisions] == [0, 0, 1, 1]
    assert decisions[1].withheld == ("warming up: 2 of 3 bars",)


def test_sizing_by_volatility_lengthens_the_warm_up(make_bars: MakeBars) -> None:
    """Twenty returns need twenty-one closes, and then the signal is sized by them."""
    run, _ = run_of(sizing=VolatilityTarget(Decimal("0.1"), 20))
    decisions = [decide(run, bar, FLAT, session=OPEN) for bar in make_bars([100 + n % 2 for n in range(21)])]
    assert run.warmup == 21
    assert [len(one.signals) for one in decisions] == [0] * 20 + [1]


def test_learning_makes_no_signal(make_bars: MakeBars) -> None:
    """History and a pause teach the strategy; the next bar that is decided on finds it warm."""
    run, script = run_of(warmup=3)
    *history, last = make_bars([10, 11, 12, 13])
    assert [learn(run, bar, FLAT) for bar in history] == [True, True, True]
    assert (run.warm, len(script.seen)) == (True, 3)
    assert len(decide(run, last, FLAT, session=OPEN).signals) == 1


def test_incomplete_repeated_and_older_bars_change_nothing(make_bars: MakeBars) -> None:
    """The strategy does not even see them."""
    run, script = run_of()
    first, second, third = make_bars([10, 11, 12])
    decide(run, second, FLAT, session=OPEN)
    for bar in (second, first, replace(third, complete=False), replace(second, close=second.high)):
        assert decide(run, bar, FLAT, session=OPEN) is NOTHING
    assert (run.bars, script.seen) == (1, [second])


def test_stale_repeated_and_older_quotes_change_nothing() -> None:
    """Only a fresh quote that is newer than the last one is seen."""
    run, script = run_of(on_quote=(LONG,), warmup=0)
    now = quote(at=START)
    assert len(decide(run, now, FLAT, session=OPEN).signals) == 1
    for old in (now, quote(at=START - SECOND), replace(quote(at=START + SECOND), stale=True)):
        assert decide(run, old, FLAT, session=OPEN) is NOTHING
    assert script.seen == [now]


@pytest.mark.parametrize(
    "other", [{"symbol": "MSFT"}, {"interval": "5m"}, {"adjustment": Adjustment.SPLITS_AND_DIVIDENDS}]
)
def test_bars_of_another_series_are_refused(make_bars: MakeBars, other: dict[str, Any]) -> None:
    """Adjusted history and raw prices are never mixed, nor symbols, nor intervals."""
    run, _ = run_of()
    first, second = make_bars([10, 11])
    decide(run, first, FLAT, session=OPEN)
    with pytest.raises(ValueError, match="does not belong"):
        decide(run, replace(second, **other), FLAT, session=OPEN)
    with pytest.raises(ValueError, match="MSFT"):
        decide(run, quote("MSFT"), FLAT, session=OPEN)


def test_the_price_is_that_of_the_bar_or_of_a_newer_quote(make_bars: MakeBars) -> None:
    """A fresh quote from the bar's end or later is embedded and its mark counts; an older or stale one does not."""
    (bar,) = make_bars(["187.00"])
    newer, older = quote(last="188.20", at=bar.end), quote(last="186.00", at=bar.end - SECOND)
    for beside, price, quotes in (
        (None, "187.00", ()),
        (newer, "188.20", (newer,)),
        (older, "187.00", ()),
        (replace(newer, stale=True), "187.00", ()),
    ):
        run, _ = run_of()
        ((_, signal),) = decide(run, bar, FLAT, session=OPEN, quote=beside).signals
        assert (signal.reference_price, signal.quotes) == (Decimal(price), quotes)
        assert (signal.reference_time, signal.strategy_version) == (bar.end, "7")


def test_ids_come_from_the_bar_and_the_place_of_the_wish(make_bars: MakeBars) -> None:
    """Each wish has its own, also beside one that is withheld; a signal of a quote at the same moment has another."""
    wishes = (Exit(reason=""), Enter(fraction=1, reason=""), LONG)
    run, _ = run_of(on_bar=wishes, on_quote=(LONG,))
    (bar,) = make_bars([10])
    made = decide(run, bar, FLAT, session=OPEN)
    assert [one for one, _ in made.signals] == [signal_id("trend", "AAPL", "1m", bar.end, n) for n in (1, 2)]
    assert len(made.withheld) == 1
    ticked = decide(run, quote(at=bar.end), FLAT, session=OPEN)
    assert [one for one, _ in ticked.signals] == [signal_id("trend", "AAPL", TICK, bar.end, 0)]


def test_a_signal_expires_two_intervals_after_its_bar(make_bars: MakeBars) -> None:
    """For a quote it is two intervals after the quote's own time."""
    run, _ = run_of(on_quote=(LONG,))
    (bar,) = make_bars([10])
    ((_, of_bar),) = decide(run, bar, FLAT, session=OPEN).signals
    ((_, of_quote),) = decide(run, quote(at=bar.end + SECOND), FLAT, session=OPEN).signals
    assert of_bar.valid_until == bar.end + timedelta(minutes=2)
    assert of_quote.valid_until == bar.end + SECOND + timedelta(minutes=2)


@pytest.mark.parametrize("phase", [Session.CLOSED, Session.PRE, Session.POST, Session.UNKNOWN])
def test_outside_the_schedule_no_signal_is_made(make_bars: MakeBars, phase: Session) -> None:
    """The strategy goes on learning; an instance that may always signal does."""
    (bar,) = make_bars([10])
    run, script = run_of()
    assert decide(run, bar, FLAT, session=phase).withheld == (f"the session is {phase}",)
    assert script.seen == [bar]
    always, _ = run_of(schedule=Sessions.ALWAYS)
    assert len(decide(always, bar, FLAT, session=phase).signals) == 1


def friday_bar() -> tuple[Bar, list[SessionHours], datetime]:
    """A day's bar of a Friday, the sessions around it, and a minute after Monday's open."""
    days = [datetime(2026, 3, day, 14, 30, tzinfo=UTC) for day in (6, 9, 10)]
    hours = [SessionHours(date=f"{day:%F}", opens=day, closes=day + timedelta(hours=6.5)) for day in days]
    price = Decimal(100)
    bar = Bar(
        symbol="AAPL",
        interval="1d",
        start=hours[0].opens,
        end=hours[0].closes,
        open=price,
        high=price,
        low=price,
        close=price,
        provider="demo",
    )
    return bar, hours, hours[1].opens + timedelta(minutes=1)


def test_what_a_closing_bar_wished_for_waits_for_the_open() -> None:
    """Friday's bar is complete when the market is closed: its signal comes on Monday, with Monday's price."""
    run, _ = run_of(interval="1d")
    bar, hours, monday = friday_bar()
    assert decide(run, bar, FLAT, session=CLOSED, upcoming=hours).signals == ()
    assert decide(run, quote(at=monday - 2 * SECOND), FLAT, session=CLOSED).signals == ()
    opening = quote(last="104.00", at=monday)
    ((one, signal),) = decide(run, opening, FLAT, session=OPEN).signals
    assert one == signal_id("trend", "AAPL", "1d", bar.end, 0)
    assert (signal.reference_price, signal.reference_time, signal.quotes) == (Decimal(104), monday, (opening,))
    assert signal.valid_until == hours[2].closes
    assert decide(run, quote(at=monday + SECOND), FLAT, session=OPEN).signals == ()


def test_a_restart_over_the_weekend_keeps_what_waits() -> None:
    """History alone brings it back: the same id on Monday as if it had never stopped."""
    run, _ = run_of(interval="1d")
    bar, hours, monday = friday_bar()
    learn(run, bar, FLAT, hours)
    ((one, _),) = decide(run, quote(at=monday), FLAT, session=OPEN).signals
    assert one == signal_id("trend", "AAPL", "1d", bar.end, 0)


def test_what_waited_too_long_is_dropped(make_bars: MakeBars) -> None:
    """The wish of the session's last minute does not come back in the morning."""
    run, _ = run_of()
    (bar,) = make_bars([10])
    decide(run, bar, FLAT, session=CLOSED)
    assert decide(run, quote(at=bar.end + timedelta(hours=17)), FLAT, session=OPEN).signals == ()


def test_own_orders_are_cancelled_and_replaced() -> None:
    """Only the strategy's own working orders; each becomes a signal that names the order, its side and its rest."""
    limit = OrderTerms(limit_price=Decimal(9))
    changes = (Cancel(client_order_id="o1", reason="late"), Replace(client_order_id="o1", terms=limit, reason="lower"))
    run, _ = run_of(on_quote=(*changes, Cancel(client_order_id="o2", reason="not mine")), warmup=0)
    made = decide(run, quote(), View(orders=(ORDER,)), session=OPEN)
    cancel, change = [signal for _, signal in made.signals]
    assert [one for one, _ in made.signals] == [
        signal_id("trend", "AAPL", TICK, quote().source_time, n) for n in (0, 1)
    ]
    assert (cancel.intent, cancel.order, cancel.terms) == (Intent.CANCEL, "o1", OrderTerms())
    assert (change.intent, change.order, change.terms) == (Intent.REPLACE, "o1", limit)
    assert {(one.side, one.quantity) for one in (cancel, change)} == {(ORDER.side, ORDER.leaves)}
    assert made.withheld == ("o2 is not a working order of this strategy",)


def test_a_cancel_waits_for_no_session(make_bars: MakeBars) -> None:
    """While the gate is shut it goes out alone and once, with the id of its place; the rest waits for the open."""
    cancel = Cancel(client_order_id="o1", reason="late")
    run, _ = run_of(on_bar=(LONG, cancel), on_quote=(cancel, LONG))
    (bar,) = make_bars([10])
    view = View(orders=(replace(ORDER, side=Side.SELL),))
    shut = decide(run, bar, view, session=CLOSED)
    assert [(one, signal.intent) for one, signal in shut.signals] == [
        (signal_id("trend", "AAPL", "1m", bar.end, 1), Intent.CANCEL)
    ]
    ticked = decide(run, quote(at=bar.end + SECOND), view, session=CLOSED)
    assert [signal.intent for _, signal in ticked.signals] == [Intent.CANCEL]
    opened = decide(run, quote(at=bar.end + 2 * SECOND), view, session=OPEN)
    assert [signal.intent for _, signal in opened.signals] == [Intent.TARGET, Intent.CANCEL, Intent.TARGET]


@pytest.mark.parametrize("answer", [None, "buy", 1, [LONG, "sell"], iter([LONG])])
def test_an_answer_that_is_no_wish_is_refused(make_bars: MakeBars, answer: object) -> None:
    """A person's own strategy may return anything: the error says whose it is and what would be right."""
    run, _ = run_of(on_bar=answer)
    with pytest.raises(ConfigurationError, match=r"Script answered with \w+: .* sequence of Target"):
        decide(run, make_bars([10])[0], FLAT, session=OPEN)
