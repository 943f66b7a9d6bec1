"""Gives a desk's strategy what is due, and collects what follows. It calls the strategy's own code, in its thread."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import Struct

from stockbot.errors import ConfigurationError
from stockbot.events.market import Bar, SessionHours
from stockbot.events.trading import OrderUpdate, RiskBlock, Signal
from stockbot.model.strategies.run import NOTHING, Decision, Run, decide, learn
from stockbot.model.strategies.schedule import valid_until
from stockbot.strategy_orchestrator.book import Line
from stockbot.strategy_orchestrator.desk import Cause, Desk, Due, Progress
from stockbot.strategy_orchestrator.failures import described, storable
from stockbot.strategy_orchestrator.strategy_thread import Begin


class Made(Struct, frozen=True):
    """A signal with its id and the tick that it was made at."""

    id: str
    signal: Signal
    cause: Cause


@dataclass
class Outcome:
    """What a desk's turn led to; `failure` is what its strategy raised, in words."""

    desk: Desk
    progress: Progress | None
    made: list[Made] = field(default_factory=list)
    withheld: str = ""
    failure: str = ""


class Scene(Struct, frozen=True):
    """What all of a desk's turn shares. `signals` is False while the strategy is paused."""

    line: Line
    equity: Decimal | None
    upcoming: Sequence[SessionHours]
    signals: bool


def perform(desk: Desk, due: Sequence[Due], scene: Scene, begin: Begin) -> Outcome:
    """Give everything that is due, oldest first; what was made before a failure counts."""
    outcome = Outcome(desk, desk.progress)
    try:
        for each in due:
            begin(desk.key[0])
            _give(desk, each, scene, outcome)
    except BaseException as error:  # noqa: BLE001 - a person's own strategy may raise anything, SystemExit too
        outcome.failure = described(error)
    return outcome


def open_run(desk: Desk, begin: Begin) -> str:
    """Make the run of a desk; the failure in words, empty where all is well."""
    assignment = desk.assignment
    try:
        begin(desk.key[0])
        desk.run = Run(assignment.instance, desk.symbol, assignment.kind(assignment.parameters))
    except BaseException as error:  # noqa: BLE001 - as above
        return described(error)
    return ""


def hear(desk: Desk, event: RiskBlock | OrderUpdate, begin: Begin) -> str:
    """Tell the strategy what became of a signal or an order; the failure in words."""
    if desk.run is None:
        return ""
    try:
        begin(desk.key[0])
        match event:
            case RiskBlock(data=denial):
                desk.run.strategy.on_denied(denial)
            case OrderUpdate(data=report):
                desk.run.strategy.on_order(report)
    except BaseException as error:  # noqa: BLE001 - as above
        return described(error)
    return ""


def _give(desk: Desk, due: Due, scene: Scene, outcome: Outcome) -> None:
    run, seen = desk.run, due.seen
    assert run is not None  # noqa: S101 - a desk without a run has nothing due
    if isinstance(seen, Bar):
        _give_bar(run, seen, due, scene, outcome)
    elif scene.signals:
        view = scene.line.view(seen.source_time, scene.equity)
        decision = decide(run, seen, view, session=seen.session, upcoming=scene.upcoming)
        _collect(decision, due, scene, outcome)
    if outcome.progress is not None:
        outcome.progress = Progress(outcome.progress.decided_until, run.waiting is not None)


def _give_bar(run: Run, bar: Bar, due: Due, scene: Scene, outcome: Outcome) -> None:
    """A bar that was decided before, or whose signals have expired, teaches and leads to nothing."""
    before = outcome.progress
    view = scene.line.view(bar.end, scene.equity)
    decided = before is not None and bar.end <= before.decided_until
    if decided or not scene.signals or _is_over(bar, due.now, scene):
        learn(run, bar, view, scene.upcoming)
        if not scene.signals or (decided and before is not None and not before.waiting):
            run.waiting = None
    else:
        decision = decide(run, bar, view, session=due.quote.session, quote=due.quote, upcoming=scene.upcoming)
        _collect(decision, due, scene, outcome)
    if not decided:
        outcome.progress = Progress(bar.end, run.waiting is not None)


def _is_over(bar: Bar, now: datetime, scene: Scene) -> bool:
    return valid_until(bar.end, bar.interval, scene.upcoming) < now


def _collect(decision: Decision, due: Due, scene: Scene, outcome: Outcome) -> None:
    if decision is NOTHING:
        return
    for signal_id, signal in decision.signals:
        _check(signal)
        scene.line.add(signal)
        outcome.made.append(Made(signal_id, signal, due.cause))
    outcome.withheld = "; ".join(decision.withheld) or outcome.withheld


def _check(signal: Signal) -> None:
    """A signal that nobody could read is its strategy's failure: structs are not checked when they are made."""
    try:
        msgspec.json.decode(msgspec.json.encode(signal), type=Signal)
    except (msgspec.MsgspecError, UnicodeError, TypeError) as error:
        raise ConfigurationError(f"the signal cannot be sent: {storable(str(error))}") from error
