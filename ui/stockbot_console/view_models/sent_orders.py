"""What became of an order that a person has just sent: with risk, decided, at the broker; never ahead of it. Pure."""

from msgspec import Struct

from stockbot_console.engine_answers import Order, Sent
from stockbot_console.guardian_answers import Verdict
from stockbot_console.journal import Journal
from stockbot_console.order_book import OrderBook
from stockbot_console.view_models.orders import LEVELS, MEANINGS, filled_text, state_word
from stockbot_console.view_models.signals import decision_text


class SentRow(Struct, frozen=True, kw_only=True):
    """`key` is the signal's id; `order_id` is empty until there is an order."""

    key: str
    chain: str
    order: str
    word: str
    level: str
    sentences: tuple[str, ...]
    tone: str = "muted"
    order_id: str = ""


def sent_row(sent: Sent, told: str, journal: Journal, book: OrderBook) -> SentRow:
    order = next((one for one in book.orders.values() if one.signal_id == sent.signal_id), None)
    verdict = journal.verdicts.get(sent.signal_id)
    word, level, sentences, tone = _standing(order, verdict)
    return SentRow(
        key=sent.signal_id,
        chain=sent.correlationid,
        order=told,
        word=word,
        level=level,
        sentences=sentences,
        tone=tone,
        order_id=order.client_order_id if order else "",
    )


def _standing(order: Order | None, verdict: Verdict | None) -> tuple[str, str, tuple[str, ...], str]:
    if order is not None:
        told = f"{MEANINGS[order.state].capitalize()}; filled {filled_text(order)}."
        return (
            state_word(order.state),
            LEVELS[order.state],
            tuple(part for part in (told, order.reason) if part),
            "muted",
        )
    if verdict is None:
        return "SENT TO RISK", "waiting", ("Risk decides about it as about any signal.",), "muted"
    decision = decision_text(verdict)
    if verdict.outcome == "denied":
        return decision.word, decision.level, decision.reasons, "against"
    return decision.word, decision.level, ("It is on its way to the broker.",), "muted"
