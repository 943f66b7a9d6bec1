"""What an admin is asked before an event is taken in again, or never: with what that means. Pure."""

from stockbot.events.streams import ALERTS, APPROVALS, BLOCKS, ORDERS, SIGNALS
from stockbot_console.view_models.questions import Question

REDUCES_ORDERS = frozenset({"Risk Guardian", "Portfolio Manager"})  # while one of these lacks an order update

# What nobody does where an event of this stream is never taken in.
LOST = {
    SIGNALS: "No order comes of the signal.",
    APPROVALS: "The order that it approves is never sent.",
    BLOCKS: "The strategy is not told that its signal was denied.",
    ORDERS: "Our books may differ from the broker's: a fill or the end of an order in it is not counted.",
    ALERTS: "Nobody is told of the alert in it.",
}
STRATEGIES_LOST = "Its strategies do not hear of it: what they count as theirs may differ from the books."
BOOKS_LOST = "Our books may differ from the broker's."


def replay_question(service: str, what: str) -> Question:
    return Question(
        title="Take it in again",
        effects=(
            f"The {service} takes {what} in again, alone. What came after it in the meantime still counts.",
            "If it cannot, the letter stays open with the new reason: mend the cause first.",
        ),
        button="Take it in again",
        tone="go",
        done="Asked. Once the event is taken in, its letter is among the resolved ones.",
        example="what was mended",
    )


def resolve_question(service: str, stream: str, what: str) -> Question:
    reducing = stream == ORDERS and service in REDUCES_ORDERS
    return Question(
        title="Resolve without taking it in",
        effects=(
            f"The {service} never takes in {what}. This cannot be undone.",
            _lost(service, stream),
            *(("With the last of these resolved, orders that add risk pass again.",) if reducing else ()),
            "Do by hand what it would have done.",
        ),
        button="Resolve",
        tone="danger",
        done="Resolved: the event is never taken in.",
        example="what was done instead",
        dismiss="Leave it open",
    )


def _lost(service: str, stream: str) -> str:
    if stream == ORDERS and service not in REDUCES_ORDERS:
        return STRATEGIES_LOST
    return LOST.get(stream, BOOKS_LOST)
