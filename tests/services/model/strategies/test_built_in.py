"""What every built-in strategy owes: determinism, no look-ahead, and restarts and shards that change nothing.

Each is run over real days, with its signals filled at once, so that views differ from bar to bar.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from stockbot.events.market import Bar, Session
from stockbot.events.trading import Signal
from stockbot.model.sharding import shard_of
from stockbot.model.strategies.catalogue import BUILT_IN, find
from stockbot.model.strategies.parameters import parse_parameters
from stockbot.model.strategies.run import Run, decide, learn
from stockbot.model.strategies.signals import Instance
from stockbot.model.strategies.sizing import PercentOfEquity, Sizing, VolatilityTarget
from stockbot.model.strategies.view import View

MakeBars = Callable[..., list[Bar]]
Made = list[tuple[tuple[str, Signal], ...]]
EQUITY = Decimal(100_000)

CASES: list[tuple[str, Mapping[str, str | int]]] = [
    ("MovingAverageCross", {"fast": 5, "slow": 20, "short": "true"}),
    ("MovingAverageCross", {"fast": 5, "slow": 20, "average": "exponential", "band_percent": "0.2"}),
    ("RsiMeanReversion", {"period": 5, "short": "true"}),
    ("BollingerReversion", {"period": 20, "deviations": "1.5", "short": "true"}),
    ("DonchianBreakout", {"short": "true"}),
    ("TimeSeriesMomentum", {"lookback": 60, "short": "true"}),
    ("BuyAndHold", {"band_percent": 2}),
]


def run_of(case: tuple[str, Mapping[str, str | int]], *, interval: str = "1d", symbol: str = "AAPL") -> Run:
    kind = find(case[0])
    sizing: Sizing = (
        VolatilityTarget(Decimal("0.1")) if case[0] == "TimeSeriesMomentum" else PercentOfEquity(Decimal(9))
    )
    instance = Instance(name="one", account="paper", interval=interval, sizing=sizing)
    return Run(instance, symbol, kind(parse_parameters(kind, case[1])))


def played(run: Run, bars: Sequence[Bar]) -> tuple[Made, list[View]]:
    """The signals of every bar, each filled at once, and the view at every bar."""
    view, made, views = View(equity=EQUITY), Made(), []
    for bar in bars:
        decision = decide(run, bar, view, session=Session.OPEN)
        views.append(view)
        made.append(decision.signals)
        for _, signal in decision.signals:
            assert signal.target is not None
            view = View(position=signal.target, equity=EQUITY)
    return made, views


def test_every_built_in_strategy_is_among_the_cases() -> None:
    """A new one is tested here as well."""
    assert {name for name, _ in CASES} == set(BUILT_IN)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_same_bars_give_the_same_signals(days: MakeBars, case: tuple[str, Mapping[str, str | int]]) -> None:
    """Twice the same, with more than one signal over real years, none of them for a whole part of equity too much."""
    first, _ = played(run_of(case), days("AAPL"))
    again, _ = played(run_of(case), days("AAPL"))
    assert first == again
    assert len([one for one in first if one]) > 1
    for ((_, signal),) in filter(None, first):
        assert abs(signal.target or Decimal(0)) * signal.reference_price <= EQUITY
        assert signal.reason
        assert signal.indicators


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_signal_before_the_warm_up(days: MakeBars, case: tuple[str, Mapping[str, str | int]]) -> None:
    """The first signal comes at the bar that completes the warm-up, or later."""
    run = run_of(case)
    made, _ = played(run, days("AAPL"))
    assert not any(made[: run.warmup - 1])
    assert any(made[run.warmup - 1 :])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_restart_changes_nothing(days: MakeBars, case: tuple[str, Mapping[str, str | int]]) -> None:
    """Replaying the warm-up's bars alone, from any moment, gives the next signals as if it had never stopped."""
    bars = days("AAPL")
    made, views = played(run_of(case), bars)
    warmup = run_of(case).warmup
    for stop in range(warmup, len(bars) - 3, 11):
        restarted = run_of(case)
        for bar in bars[stop - warmup : stop]:
            assert learn(restarted, bar, views[stop])
        for number in range(stop, stop + 3):
            assert decide(restarted, bars[number], views[number], session=Session.OPEN).signals == made[number]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_warm_up_is_all_that_is_remembered(days: MakeBars, case: tuple[str, Mapping[str, str | int]]) -> None:
    """After the warm-up's bars the wishes are, to the last digit, those of one that has seen all bars before them."""
    bars, whole = days("AAPL"), run_of(case)
    for number, bar in enumerate(bars, start=1):
        learn(whole, bar, View())
        if number >= whole.warmup and number % 7 == 0:
            restarted = run_of(case)
            for one in bars[number - whole.warmup : number]:
                learn(restarted, one, View())
            assert restarted.waiting == whole.waiting


@pytest.mark.parametrize("case", CASES, ids=str)
@settings(max_examples=25)
@given(cut=st.integers(1, 399), factor=st.sampled_from(["0.5", "0.97", "1.03", "2"]))
def test_no_strategy_looks_ahead(
    days: MakeBars, case: tuple[str, Mapping[str, str | int]], cut: int, factor: str
) -> None:
    """Other bars later leave every signal until then as it was."""
    bars = days("AAPL", last=400)
    others = bars[:cut] + [_scaled(bar, Decimal(factor)) for bar in bars[cut:]]
    assert played(run_of(case), bars)[0][:cut] == played(run_of(case), others)[0][:cut]


def _scaled(bar: Bar, factor: Decimal) -> Bar:
    prices = {name: getattr(bar, name) * factor for name in ("open", "high", "low", "close")}
    return replace(bar, **prices)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_shards_together_are_one_replica(days: MakeBars, case: tuple[str, Mapping[str, str | int]]) -> None:
    """Each of three shards runs the symbols it owns; together they make the signals that one replica makes."""
    symbols = ["AAPL", "IBM", "MSFT", "GOOG"]
    assert len({shard_of(symbol, 3) for symbol in symbols}) > 1

    def signals(owned: Sequence[str]) -> set[str]:
        runs = {symbol: played(run_of(case, symbol=symbol), days(symbol))[0] for symbol in owned}
        return {f"{made}" for one in runs.values() for made in one if made}

    shards = [signals([symbol for symbol in symbols if shard_of(symbol, 3) == shard]) for shard in range(3)]
    assert set.union(*shards) == signals(symbols)
    assert sum(map(len, shards)) == len(signals(symbols))


@pytest.mark.parametrize("case", [case for case in CASES if case[0] != "BuyAndHold"], ids=str)
@settings(max_examples=50)
@given(cents=st.integers(1, 10**7))
def test_a_market_that_stands_still_is_no_signal(
    make_bars: MakeBars, case: tuple[str, Mapping[str, str | int]], cents: int
) -> None:
    """Rounding never looks like a crossing, an extreme or a trend, whatever the price."""
    made, _ = played(run_of(case, interval="1m"), make_bars([cents / 100] * 100))
    assert not any(made)
