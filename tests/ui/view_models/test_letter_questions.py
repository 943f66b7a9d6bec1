"""What is said before an event is taken in again, or never."""

import pytest

from stockbot.events.streams import ALERTS, BLOCKS, ORDERS, WORK
from stockbot_console.bookkeeper import Bookkeeper
from stockbot_console.client import Guardian
from stockbot_console.view_models.letter_questions import LOST, REDUCES_ORDERS, replay_question, resolve_question


@pytest.mark.parametrize(
    ("service", "stream", "told"),
    [
        ("Risk Guardian", ORDERS, "Our books may differ from the broker's"),
        ("Portfolio Manager", "execution_activities", "Our books may differ from the broker's"),
        ("Strategy Orchestrator", ORDERS, "what they count as theirs may differ from the books"),
        ("Strategy Orchestrator", BLOCKS, "The strategy is not told"),
        ("Alert Manager", ALERTS, "Nobody is told of the alert"),
    ],
)
def test_to_resolve_says_what_is_lost(service: str, stream: str, told: str) -> None:
    """Never taken in comes first, then what nobody does for it, by service and stream."""
    effects = resolve_question(service, stream, "ORDER_UPDATE").effects
    assert effects[0] == f"The {service} never takes in ORDER_UPDATE. This cannot be undone."
    assert told in effects[1]


@pytest.mark.parametrize(("service", "frees"), [("Risk Guardian", True), ("Strategy Orchestrator", False)])
def test_to_resolve_an_order_update_frees_trading(service: str, frees: bool) -> None:
    """Said where the update held it back."""
    effects = resolve_question(service, ORDERS, "ORDER_UPDATE").effects
    assert any("orders that add risk pass again" in effect for effect in effects) is frees


def test_a_replay_may_fail_again() -> None:
    """It says who takes in what, and that the letter stays if that does not work."""
    question = replay_question("Risk Guardian", "ORDER_UPDATE")
    assert "The Risk Guardian takes ORDER_UPDATE in again" in question.effects[0]
    assert "stays open with the new reason" in question.effects[1]


def test_no_stream_and_no_service_is_forgotten() -> None:
    """What is lost is known of every stream of work; the two that hold trading back have the names of their clients."""
    assert set(LOST) == set(WORK)
    assert {Guardian.name, Bookkeeper.name} == REDUCES_ORDERS
