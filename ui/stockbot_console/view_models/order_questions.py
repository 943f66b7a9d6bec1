"""What a person is asked before an order is canceled, all are, or everything is closed: with the effect. Pure."""

from collections.abc import Sequence

from stockbot_console.engine_answers import CancelAll, Flatten, Order
from stockbot_console.view_models.numbers import quantity_text
from stockbot_console.view_models.orders import filled_text, order_title, terms_text
from stockbot_console.view_models.questions import Question

LISTED = 12  # effects by name; more are counted
FLATTEN = "FLATTEN"
CANCEL_ALL = "CANCEL"


def cancel_question(order: Order) -> Question:
    return Question(
        title=f"Cancel {order_title(order)}",
        effects=(
            f"The broker is asked to cancel it ({terms_text(order.terms)}; filled {filled_text(order)}).",
            "It may be filled before the broker gets to it: the order's state will tell.",
        ),
        button="Cancel the order",
        tone="danger",
        done="Cancel asked. The order's state tells what became of it.",
        dismiss="Keep it",
    )


def cancel_all_question(preview: CancelAll) -> Question:
    count = len(preview.orders)
    return Question(
        title=f"Cancel {count} order{'s' if count != 1 else ''}",
        effects=("The broker is asked to cancel each of these:",),
        listed=_named([f"{order_title(one)}, {terms_text(one.terms)} ({one.strategy})" for one in preview.orders]),
        button="Cancel all",
        tone="danger",
        done="Cancels asked. Each order's state tells what became of it.",
        word=CANCEL_ALL,
        dismiss="Keep them",
    )


def flatten_question(preview: Flatten, *, halted: bool) -> Question:
    """While trading is halted this is the one thing that still opens orders: it says so."""
    cancels = [f"cancel {order_title(one)}" for one in preview.cancels]
    closes = [f"{one.side} {quantity_text(one.quantity)} {one.symbol} ({one.strategy})" for one in preview.closes]
    effects = ["Every open order is canceled and every position is closed at the market."]
    if halted:
        effects.append("Trading is halted: these closing orders are sent all the same.")
    else:
        effects.append("Strategies that run may open positions again: to stay flat, pause them or REDUCE before.")
    return Question(
        title="Flatten the account",
        effects=tuple(effects),
        listed=_named(cancels + closes),
        button="Flatten",
        tone="danger",
        done="Flatten asked. The orders tell what becomes of it.",
        word=FLATTEN,
        dismiss="Keep everything",
    )


def _named(lines: Sequence[str]) -> tuple[str, ...]:
    more = len(lines) - LISTED
    return (*lines[:LISTED], *([f"and {more} more"] if more > 0 else []))


DRAIN = Question(
    title="Stop the intake of orders",
    effects=(
        "No new order is taken on. Those in flight are finished, and protective stops stay at the broker.",
        "It stays so until an admin lets it serve again.",
    ),
    button="Drain",
    tone="caution",
    done="Draining.",
)
SERVE = Question(
    title="Take on orders again",
    effects=("Approved orders are sent to the broker again.",),
    button="Serve again",
    tone="go",
    done="Orders are taken on again.",
    asks="Note",
    optional=True,
)
