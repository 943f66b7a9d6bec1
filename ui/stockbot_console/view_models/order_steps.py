"""The history of an order: each state with its time, whose word it is, and how long after the one before. Pure."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from itertools import pairwise

from msgspec import Struct

from stockbot.events.trading import OrderState
from stockbot_console.engine_answers import Fill, OrderDetail, OrderStep
from stockbot_console.view_models.durations import latency_text
from stockbot_console.view_models.moments import Moment, moment
from stockbot_console.view_models.numbers import money_text, price_text, quantity_text
from stockbot_console.view_models.orders import LEVELS, MEANINGS, state_word

SOURCES = {"engine": "Execution Engine", "broker": "broker", "person": "a person"}


class TimelineStep(Struct, frozen=True, kw_only=True):
    """`after` is the time since the step before; empty for the first. `level` is that of the state's badge."""

    word: str
    level: str
    meaning: str
    source: str
    filled: str
    reason: str
    clock: str
    when: Moment
    after: str


class FillRow(Struct, frozen=True, kw_only=True):
    key: str
    text: str
    fee: str
    clock: str
    when: Moment
    booked_after: str


def timeline(detail: OrderDetail, zone: tzinfo) -> tuple[TimelineStep, ...]:
    """The oldest step first."""
    steps = sorted(detail.timeline, key=lambda step: step.at)
    latencies = ["", *(latency_text(later.at - earlier.at) for earlier, later in pairwise(steps))]
    total = quantity_text(detail.order.quantity)
    return tuple(_step(step, after, total, zone) for step, after in zip(steps, latencies, strict=True))


def total_text(steps: Sequence[OrderStep]) -> str:
    """How long it took from the first step to the last."""
    moments = [step.at for step in steps]
    return latency_text(max(moments) - min(moments)) if moments else ""


def fill_rows(fills: Sequence[Fill], zone: tzinfo) -> tuple[FillRow, ...]:
    return tuple(
        FillRow(
            key=fill.execution_id,
            text=f"{fill.side} {quantity_text(fill.quantity)} at {price_text(fill.price)}",
            fee=money_text(fill.fee),
            clock=precise_clock(fill.executed_at, zone),
            when=moment(fill.executed_at, zone),
            booked_after=latency_text(fill.booked_at - fill.executed_at),
        )
        for fill in fills
    )


def precise_clock(at: datetime, zone: tzinfo) -> str:
    """`10:32:05.120`, in the exchange's zone."""
    local = at.astimezone(zone)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"


def _step(step: OrderStep, after: str, total: str, zone: tzinfo) -> TimelineStep:
    state = OrderState(step.state) if step.state in OrderState.__members__ else None
    return TimelineStep(
        word=state_word(state) if state else step.state,
        level=LEVELS[state] if state else "idle",
        meaning=MEANINGS[state] if state else "",
        source=SOURCES.get(step.source, step.source),
        filled=f"{quantity_text(step.filled_quantity)} of {total} filled" if step.filled_quantity else "",
        reason="" if step.reason.upper() == step.state else step.reason,
        clock=precise_clock(step.at, zone),
        when=moment(step.at, zone),
        after=after,
    )
