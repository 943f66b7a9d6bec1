"""What became of an order that was just sent."""

import msgspec

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import orders
from stockbot.testing.trading_scenes import DENIED, decision, signal
from stockbot_console.engine_answers import Order, Sent
from stockbot_console.guardian_answers import Verdict
from stockbot_console.journal import Journal, recorded
from stockbot_console.order_book import OrderBook
from stockbot_console.view_models.sent_orders import SentRow, sent_row

SENT = Sent(signal_id="s2", correlationid="chain-s2")


def verdict(*reasons: object) -> Verdict:
    made = decision(1, signal("s2", START), *reasons)  # type: ignore[arg-type] # reasons of a scene
    return msgspec.convert(made, Verdict, from_attributes=True)


def row(journal: Journal = Journal(), book: OrderBook = OrderBook()) -> SentRow:  # noqa: B008 - both are frozen
    return sent_row(SENT, "buy 10 AAPL", journal, book)


def test_it_is_sent_to_risk_and_nothing_more_is_claimed() -> None:
    """Until somebody has said something."""
    shown = row()
    assert (shown.word, shown.order_id) == ("SENT TO RISK", "")


def test_a_denial_says_every_reason() -> None:
    """And there is no order."""
    shown = row(recorded(Journal(), (), [verdict(*DENIED)]))
    assert (shown.word, len(shown.sentences), shown.tone) == ("DENIED", 2, "against")


def test_an_approval_is_followed_by_the_order() -> None:
    """Which says its state itself."""
    journal = recorded(Journal(), (), [verdict()])
    assert row(journal).word == "APPROVED"
    order = msgspec.convert(orders(START)[4], Order)
    shown = row(journal, OrderBook({order.client_order_id: order}))
    assert (shown.word, shown.order_id) == ("FILLED", order.client_order_id)
