"""Why there was an order, or why there was none: one chain told signal by signal, from the tick to the ledger. Pure."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.trading import Signal
from stockbot_console.answers import Failure, known
from stockbot_console.bookkeeper_answers import Entry
from stockbot_console.chain import Chain
from stockbot_console.engine_answers import Fill, Order
from stockbot_console.guardian_answers import Verdict
from stockbot_console.view_models import explain_steps as steps
from stockbot_console.view_models.durations import latency_text
from stockbot_console.view_models.explain_steps import Step
from stockbot_console.view_models.makers import maker_text
from stockbot_console.view_models.orders import LEVELS, state_word
from stockbot_console.view_models.signals import wish_text


class Story(Struct, frozen=True, kw_only=True):
    """What became of one signal. `word` and `level` say how it ended, `took` how long it was from tick to ledger."""

    key: str
    title: str
    symbol: str
    strategy: str
    word: str
    level: str
    took: str
    steps: tuple[Step, ...]


class Thread(Struct, frozen=True, kw_only=True):
    """All of a chain that belongs to one signal."""

    signal_id: str
    signal: Signal | None
    made_at: datetime | None
    verdict: Verdict | None
    orders: tuple[Order, ...]
    fills: tuple[Fill, ...]
    entries: tuple[Entry, ...]


def stories(chain: Chain, zone: tzinfo, chosen: str = "") -> tuple[Story, ...]:
    """One for each signal of the chain, or for the `chosen` one alone."""
    threads = [_thread(chain, signal_id) for signal_id in _signal_ids(chain)]
    return tuple(_story(chain, one, zone) for one in threads if chosen in ("", one.signal_id))


def unknown_parts(chain: Chain) -> tuple[str, ...]:
    """What could not be asked, in words, each once."""
    failures = [
        answer
        for answer in (chain.signals, chain.decisions, chain.orders, chain.fills, chain.entries)
        if isinstance(answer, Failure)
    ]
    return tuple(dict.fromkeys(f"{failure.reason} {failure.remedy}".strip() for failure in failures))


def _signal_ids(chain: Chain) -> list[str]:
    """In the order in which they were made."""
    made = sorted(known(chain.signals), key=lambda entry: entry.made_at)
    ids = [entry.id for entry in made]
    ids += [verdict.signal_id for verdict in known(chain.decisions)]
    ids += [order.signal_id or order.client_order_id for order in known(chain.orders)]
    return list(dict.fromkeys(ids))


def _thread(chain: Chain, signal_id: str) -> Thread:
    entry = next((one for one in known(chain.signals) if one.id == signal_id), None)
    verdict = next((one for one in known(chain.decisions) if one.signal_id == signal_id), None)
    orders = tuple(one for one in known(chain.orders) if signal_id in (one.signal_id, one.client_order_id))
    ours = {one.client_order_id for one in orders}
    return Thread(
        signal_id=signal_id,
        signal=entry.signal if entry else _embedded(chain, verdict, orders),
        made_at=entry.made_at if entry else None,
        verdict=verdict,
        orders=tuple(sorted(orders, key=lambda one: one.created_at)),
        fills=tuple(sorted((one for one in known(chain.fills) if one.client_order_id in ours), key=_executed)),
        entries=_entries(chain, orders),
    )


def _executed(fill: Fill) -> datetime:
    return fill.executed_at


def _embedded(chain: Chain, verdict: Verdict | None, orders: Sequence[Order]) -> Signal | None:
    """The signal as the decision or the approval keeps it: a person's order has no other record of it."""
    reasons = chain.reasons.get(verdict.decision_id) if verdict else None
    if reasons is not None and reasons.inputs.signal is not None:
        return reasons.inputs.signal
    details = [chain.details[one.client_order_id] for one in orders if one.client_order_id in chain.details]
    return next((one.approval.signal for one in details if one.approval is not None), None)


def _entries(chain: Chain, orders: Sequence[Order]) -> tuple[Entry, ...]:
    """The entries of the orders' symbols and strategies: one chain may have signals of several."""
    ours = {(one.symbol, one.strategy) for one in orders}
    of_orders = [one for one in known(chain.entries) if ours & {(line.symbol, line.strategy) for line in one.lines}]
    return tuple(sorted(of_orders, key=lambda one: one.number))


def _story(chain: Chain, thread: Thread, zone: tzinfo) -> Story:
    told = [
        *steps.tick_steps(thread.signal, zone),
        *steps.signal_steps(thread.signal, thread.made_at, zone),
        *steps.decision_steps(chain, thread.verdict, zone, asked=thread.signal is not None),
        *(steps.order_step(one, chain.details.get(one.client_order_id), zone) for one in thread.orders),
        *steps.missing_order(chain, thread.verdict, thread.orders),
        *_booking(thread, zone),
        *steps.missing_entry(chain, thread.fills, thread.entries),
    ]
    timed = _with_latencies(told)
    word, level = _ending(thread)
    first = thread.orders[0] if thread.orders else None
    return Story(
        key=thread.signal_id,
        title=wish_text(thread.signal) if thread.signal else "An order",
        symbol=_first(thread.signal, thread.verdict, first, "symbol"),
        strategy=maker_text(_first(thread.signal, thread.verdict, first, "strategy")),
        word=word,
        level=level,
        took=_took(timed),
        steps=timed,
    )


def _booking(thread: Thread, zone: tzinfo) -> list[Step]:
    """Fills and their entries as they came: the first may be booked before the second is filled."""
    told = [steps.fill_step(one, zone) for one in thread.fills] + [
        steps.entry_step(one, zone) for one in thread.entries
    ]
    return sorted(told, key=lambda step: (step.at is None, step.at))


def _first(signal: Signal | None, verdict: Verdict | None, order: Order | None, name: str) -> str:
    source = signal or verdict or order
    return str(getattr(source, name)) if source is not None else ""


def _with_latencies(told: Sequence[Step]) -> tuple[Step, ...]:
    """Each step with the time since the step before it that has one."""
    timed = [step for step in told if step.at is not None]
    after = {
        id(later): latency_text(later.at - earlier.at) for earlier, later in pairwise(timed) if later.at and earlier.at
    }
    return tuple(replace(step, after=after.get(id(step), "")) for step in told)


def _took(told: Sequence[Step]) -> str:
    moments = [step.at for step in told if step.at is not None]
    return latency_text(max(moments) - min(moments)) if len(moments) > 1 else ""


def _ending(thread: Thread) -> tuple[str, str]:
    if thread.orders:
        last = thread.orders[-1]
        return state_word(last.state), LEVELS[last.state]
    if thread.verdict is None:
        return "UNDECIDED", "waiting"
    return ("DENIED", "bad") if thread.verdict.outcome == "denied" else ("APPROVED", "good")
