"""The steps of an order's life one under the other, with the time between them. Used by order and explain pages."""

from collections.abc import Sequence

from stockbot_console.components.elements import box, text
from stockbot_console.view_models.order_steps import FillRow, TimelineStep


def timeline_list(steps: Sequence[TimelineStep]) -> None:
    with box("timeline", tag="ol"):
        for step in steps:
            _step(step)


def fill_list(fills: Sequence[FillRow]) -> None:
    with box("lines"):
        for fill in fills:
            with box("line-row"):
                text(fill.clock, "clock muted", tag="span").props["title"] = fill.when.exact
                text(fill.text, tag="span")
                text(f"fee {fill.fee}", "muted", tag="span")
                text(f"booked {fill.booked_after} later", "muted end", tag="span")


def _step(step: TimelineStep) -> None:
    with box(f"moment {step.level}", tag="li"):
        text(step.clock, "clock", tag="span").props["title"] = step.when.exact
        text(f"+{step.after}" if step.after else "", "after muted", tag="span")
        with box("what"):
            text(step.word, f"badge {step.level}", tag="span").props["title"] = step.meaning
            text(step.source, "muted", tag="span")
            if step.filled:
                text(step.filled, tag="span")
            if step.reason:
                text(step.reason, "why", tag="span")
