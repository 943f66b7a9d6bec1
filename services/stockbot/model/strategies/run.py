"""One strategy instance on one symbol, and `decide`: the one entry of the live shell, a replay and a backtest.

A run keeps what its strategy has seen. Each symbol has a run of its own, so any split of the symbols over shards gives
the same signals. Nothing here reads a clock: time is what bars and quotes say.

Wishes made from a bar while the gate is shut wait for it: the close of a day's bar is the close of its session, and
what was wished then is signalled at the next open, priced anew, unless it has expired. A cancel waits for no gate:
nothing stands between a strategy and less risk.
"""

from collections import deque
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from stockbot.errors import ConfigurationError
from stockbot.events.market import Adjustment, Bar, Quote, Session, SessionHours
from stockbot.events.trading import Signal
from stockbot.model.strategies.schedule import may_signal, valid_until
from stockbot.model.strategies.signals import TICK, Instance, Occasion, Withheld, signal_id, signal_of
from stockbot.model.strategies.sizing import VolatilityTarget
from stockbot.model.strategies.strategy import Strategy
from stockbot.model.strategies.view import View
from stockbot.model.strategies.volatility import annual_volatility
from stockbot.model.strategies.wishes import Cancel, Wish


class Proposal(Struct, frozen=True, kw_only=True):
    """Wishes, and the bar or quote they were made from: its time, its price per share, and when they expire.

    Each wish keeps its place in the strategy's answer, which its id is made of.
    """

    interval: str
    at: datetime
    price: Decimal
    expires: datetime
    wishes: tuple[tuple[int, Wish], ...]


class Decision(Struct, frozen=True, kw_only=True):
    """What is to be done, each with its deterministic id, and what was withheld and why."""

    signals: tuple[tuple[str, Signal], ...] = ()
    withheld: tuple[str, ...] = ()


NOTHING = Decision()


class Run:
    """`warmup` is the number of bars it needs, sizing included; `bars` how many it has taken."""

    def __init__(self, instance: Instance, symbol: str, strategy: Strategy[Any]) -> None:
        self.instance = instance
        self.symbol = symbol
        self.strategy = strategy
        lookback = instance.sizing.lookback + 1 if isinstance(instance.sizing, VolatilityTarget) else 0
        self.warmup = max(strategy.warmup(strategy.parameters), lookback)
        self.bars = 0
        self.waiting: Proposal | None = None
        self._closes: deque[Decimal] = deque(maxlen=lookback)
        self._adjustment: Adjustment | None = None
        self._taken_until: datetime | None = None
        self._quoted_at: datetime | None = None

    @property
    def warm(self) -> bool:
        return self.bars >= self.warmup

    @property
    def volatility(self) -> Decimal | None:
        return annual_volatility(tuple(self._closes), self.instance.interval)

    def take_bar(self, bar: Bar) -> bool:
        """Whether the bar is complete and newer than all before it, and has been taken.

        Raises ValueError for a bar of another series.
        """
        self._check(bar)
        if not bar.complete or (self._taken_until is not None and bar.start < self._taken_until):
            return False
        self.bars, self._taken_until, self._adjustment = self.bars + 1, bar.end, bar.adjustment
        self._closes.append(bar.close)
        return True

    def take_quote(self, quote: Quote) -> bool:
        """Whether the quote is fresh and newer than all before it, and has been taken."""
        if quote.symbol != self.symbol:
            raise ValueError(f"a quote of {quote.symbol} was given to the run of {self.symbol}")
        if quote.stale or (self._quoted_at is not None and quote.source_time <= self._quoted_at):
            return False
        self._quoted_at = quote.source_time
        return True

    def _check(self, bar: Bar) -> None:
        given = (bar.symbol, bar.interval, bar.adjustment)
        own = (self.symbol, self.instance.interval, self._adjustment or bar.adjustment)
        if given != own:
            raise ValueError(f"a bar of {' '.join(given)} does not belong to the run of {' '.join(own)}")


def learn(run: Run, bar: Bar, view: View, upcoming: Sequence[SessionHours] = ()) -> bool:
    """Give the run a bar and signal nothing: for history, and while it is paused. False where nothing changed.

    `view` is the present one also for bars of the past: what the last of them leads to waits for the gate.
    """
    if not run.take_bar(bar):
        return False
    wishes = tuple(enumerate(_checked(run.strategy, run.strategy.on_bar(bar, view))))
    expires = valid_until(bar.end, bar.interval, upcoming)
    run.waiting = Proposal(interval=bar.interval, at=bar.end, price=bar.close, expires=expires, wishes=wishes)
    return True


def decide(
    run: Run,
    seen: Bar | Quote,
    view: View,
    *,
    session: Session,
    quote: Quote | None = None,
    upcoming: Sequence[SessionHours] = (),
) -> Decision:
    """What follows from a bar or a quote: the only way from prices to signals.

    `session` is the exchange's phase now, `quote` the last one beside a bar, `upcoming` the exchange's sessions, oldest
    first. A repeated, older or incomplete bar and a repeated, older or stale quote lead to nothing.
    """
    if isinstance(seen, Bar):
        return _after_bar(run, seen, view, session=session, quote=quote, upcoming=upcoming)
    return _after_quote(run, seen, view, session=session, upcoming=upcoming)


def _after_bar(
    run: Run, bar: Bar, view: View, *, session: Session, quote: Quote | None, upcoming: Sequence[SessionHours]
) -> Decision:
    if not learn(run, bar, view, upcoming):
        return NOTHING
    if not run.warm:
        return Decision(withheld=(f"warming up: {run.bars} of {run.warmup} bars",))
    if not may_signal(run.instance.schedule, session):
        canceled = _fulfilled(run, _cancels(run), view, quote)
        return Decision(signals=canceled.signals, withheld=(*canceled.withheld, f"the session is {session}"))
    return _fulfilled(run, _waiting(run, bar.end), view, quote)


def _after_quote(run: Run, quote: Quote, view: View, *, session: Session, upcoming: Sequence[SessionHours]) -> Decision:
    if not run.take_quote(quote):
        return NOTHING
    wishes = tuple(enumerate(_checked(run.strategy, run.strategy.on_quote(quote, view))))
    if not run.warm:
        return NOTHING
    at = quote.source_time
    expires = valid_until(at, run.instance.interval, upcoming)
    own = Proposal(interval=TICK, at=at, price=quote.mark, expires=expires, wishes=wishes)
    if not may_signal(run.instance.schedule, session):
        canceling, _ = _parted(own)
        return _fulfilled(run, [canceling], view, quote) if canceling.wishes else NOTHING
    return _fulfilled(run, [*_waiting(run, at), own], view, quote)


def _cancels(run: Run) -> list[Proposal]:
    """Take the cancels out of what waits; the rest goes on waiting."""
    if run.waiting is None:
        return []
    canceling, run.waiting = _parted(run.waiting)
    return [canceling]


def _parted(proposal: Proposal) -> tuple[Proposal, Proposal]:
    """The cancels of it, and the rest."""
    cancels = tuple(one for one in proposal.wishes if isinstance(one[1], Cancel))
    rest = tuple(one for one in proposal.wishes if not isinstance(one[1], Cancel))
    return replace(proposal, wishes=cancels), replace(proposal, wishes=rest)


def _waiting(run: Run, now: datetime) -> list[Proposal]:
    """Take what waits out of the run; what has expired by `now` is dropped."""
    waiting, run.waiting = run.waiting, None
    return [waiting] if waiting is not None and now <= waiting.expires else []


def _fulfilled(run: Run, proposals: Sequence[Proposal], view: View, quote: Quote | None) -> Decision:
    answers = [one for proposal in proposals for one in _answers(run, proposal, view, quote)]
    return Decision(
        signals=tuple((signal_id, answer) for signal_id, answer in answers if isinstance(answer, Signal)),
        withheld=tuple(answer.reason for _, answer in answers if isinstance(answer, Withheld)),
    )


def _answers(run: Run, proposal: Proposal, view: View, quote: Quote | None) -> list[tuple[str, Signal | Withheld]]:
    """Each wish's answer with its id."""
    occasion = _occasion(run, proposal, quote)
    named = partial(signal_id, run.instance.name, run.symbol, proposal.interval, proposal.at)
    return [(named(index), signal_of(wish, run.instance, view, occasion)) for index, wish in proposal.wishes]


def _occasion(run: Run, proposal: Proposal, quote: Quote | None) -> Occasion:
    """The newer of the two prices counts: the one the wishes were made from, or a fresh quote's."""
    newer = quote if quote is not None and not quote.stale and quote.source_time >= proposal.at else None
    return Occasion(
        symbol=run.symbol,
        version=run.strategy.version,
        price=newer.mark if newer else proposal.price,
        priced_at=newer.source_time if newer else proposal.at,
        expires=proposal.expires,
        volatility=run.volatility,
        quotes=(newer,) if newer else (),
    )


def _checked(strategy: Strategy[Any], answer: object) -> tuple[Wish, ...]:
    """The answer as wishes; ConfigurationError for anything else, which a person's own strategy may return."""
    wishes = tuple(answer) if isinstance(answer, Sequence) and not isinstance(answer, str) else (answer,)
    for wish in wishes:
        if not isinstance(wish, Wish):
            raise ConfigurationError(
                f"{type(strategy).__name__} answered with {type(wish).__name__}: "
                "on_bar and on_quote return a sequence of Target, Enter, Exit, Cancel and Replace"
            )
    return wishes
