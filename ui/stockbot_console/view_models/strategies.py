"""A strategy as its card and its page show it: what is wanted, how it fares and why, what may be done. Pure."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any

from msgspec import Struct

from stockbot_console.journal import Journal
from stockbot_console.orchestrator_answers import Desire, LifeState, Strategy, SymbolRun
from stockbot_console.view_models.moments import Moment, moment
from stockbot_console.view_models.questions import Question
from stockbot_console.view_models.signals import SignalRow, signal_row

LEVELS: dict[LifeState, str] = {
    "RUNNING": "good",
    "WARMING": "accent",
    "PAUSED": "warning",
    "STOPPED": "idle",
    "FAILED": "bad",
}
REACHED: dict[Desire, LifeState] = {"running": "RUNNING", "paused": "PAUSED", "stopped": "STOPPED"}
STEPS: dict[Desire, str] = {"running": "start", "paused": "pause", "stopped": "stop"}
BUTTONS: dict[Desire, str] = {"running": "Start", "paused": "Pause", "stopped": "Stop"}
TONES: dict[Desire, str] = {"running": "go", "paused": "caution", "stopped": "danger"}
EFFECTS: dict[Desire, tuple[str, ...]] = {
    "running": (
        "It learns from history first, then it makes signals; risk decides about each of them.",
        "This holds whatever the document says, until that is changed.",
    ),
    "paused": ("It learns on and makes no signals. Its positions and working orders stay as they are.",),
    "stopped": (
        "It makes no more signals, also after a restart. Its positions and working orders stay as they are.",
        "When it starts again, it warms up anew.",
    ),
}
FAILED_EFFECT = "It failed before: if the cause is still there, it fails again."
WORDS = {"fixedQuantity": "shares", "notional": "of value", "percentOfEquity": "% of equity"}


class Action(Struct, frozen=True, kw_only=True):
    """What a trader may ask of a strategy now; `step` is the API's word."""

    step: str
    label: str
    tone: str
    question: Question


class StrategyCard(Struct, frozen=True, kw_only=True):
    """`level` is good, accent, warning, idle or bad; `heading_for` says what is wanted where it is not reached."""

    id: str
    kind: str
    state: str
    level: str
    reason: str
    since: Moment | None
    heading_for: str
    wanted_by: str
    wanted_at: Moment | None
    symbols: str
    interval: str
    sizing: str
    parameters: tuple[tuple[str, str], ...]
    shards: tuple[str, ...]
    last: SignalRow | None
    actions: tuple[Action, ...]


class RunRow(Struct, frozen=True, kw_only=True):
    """`share` is bars seen over bars needed, 0 to 1."""

    symbol: str
    text: str
    share: float
    note: str


def strategy_card(strategy: Strategy, journal: Journal, zone: tzinfo) -> StrategyCard:
    return StrategyCard(
        id=strategy.id,
        kind=strategy.strategy_class,
        state=strategy.state,
        level=LEVELS[strategy.state],
        reason=strategy.reason,
        since=moment(strategy.since, zone) if strategy.since else None,
        heading_for=_heading_for(strategy),
        wanted_by=_wanted_by(strategy),
        wanted_at=moment(strategy.changed_at, zone) if strategy.changed_at else None,
        symbols=", ".join(strategy.symbols),
        interval=strategy.interval,
        sizing=sizing_text(strategy.sizing),
        parameters=tuple((name.replace("_", " "), _value_text(value)) for name, value in strategy.parameters.items()),
        shards=_shards(strategy),
        last=_last(strategy, journal, zone),
        actions=actions(strategy),
    )


def actions(strategy: Strategy) -> tuple[Action, ...]:
    """What would change something: a failed strategy may be started again, although it is wanted to run."""
    desires: tuple[Desire, ...] = ("running", "paused", "stopped")
    return tuple(
        Action(step=STEPS[desire], label=BUTTONS[desire], tone=TONES[desire], question=_question(strategy, desire))
        for desire in desires
        if desire != strategy.desired or (strategy.state == "FAILED" and desire == "running")
        if not (desire == "paused" and strategy.state in ("STOPPED", "FAILED"))
    )


def run_row(run: SymbolRun) -> RunRow:
    share = min(1.0, run.bars / run.warmup) if run.warmup else 1.0
    text = f"{run.bars} of {run.warmup} bars" if share < 1 else f"{run.bars} bars, warm"
    return RunRow(symbol=run.symbol, text=text, share=share, note=run.problem or run.withheld)


def sizing_text(sizing: Mapping[str, Any]) -> str:
    """`100 shares`, `5 % of equity`, `10 % volatility a year over 20 bars`."""
    for key, amount in sizing.items():
        if key in WORDS:
            return f"{amount} {WORDS[key]}"
        if key == "volatilityTarget":
            return f"volatility {amount['annual']} a year, over {amount['lookbackBars']} bars"
    return ", ".join(f"{key} {amount}" for key, amount in sizing.items())


def _value_text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def _heading_for(strategy: Strategy) -> str:
    wanted = REACHED[strategy.desired]
    return "" if strategy.state == wanted else wanted


def _wanted_by(strategy: Strategy) -> str:
    if strategy.changed_by is None:
        return "the document"
    return f"{strategy.changed_by}: {strategy.changed_because}"


def _shards(strategy: Strategy) -> tuple[str, ...]:
    """Each shard's state, where they differ."""
    if len({one.state for one in strategy.shards}) < 2:  # noqa: PLR2004 - two make a difference
        return ()
    return tuple(f"shard {one.shard}: {one.state}, {one.reason}" for one in strategy.shards)


def _last(strategy: Strategy, journal: Journal, zone: tzinfo) -> SignalRow | None:
    """The newest signal: the bus may have brought one since the orchestrator was asked."""
    known = [*journal.of(strategy.id)[:1], *([strategy.last_signal] if strategy.last_signal else [])]
    if not known:
        return None
    newest = max(known, key=lambda entry: entry.made_at)
    return signal_row(newest, journal.verdicts.get(newest.id), zone)


def _question(strategy: Strategy, desire: Desire) -> Question:
    again = (FAILED_EFFECT,) if desire == "running" and strategy.state == "FAILED" else ()
    return Question(
        title=f"{BUTTONS[desire]} {strategy.id}",
        effects=(*EFFECTS[desire], *again),
        button=f"{BUTTONS[desire]} {strategy.id}",
        tone=TONES[desire],
        done=f"Asked {strategy.id} to {STEPS[desire]}.",
        example="why, in a few words",
    )
