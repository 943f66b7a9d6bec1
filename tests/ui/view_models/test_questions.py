"""What a person has to answer before something is done."""

from typing import Any

import pytest

from stockbot_console.view_models.questions import LONGEST_REASON, Question, complaint

GRAVE = Question(title="Halt", effects=(), button="HALT", tone="danger", done="Halted.", word="HALT")
LIGHT = Question(title="Stop", effects=(), button="Stop", tone="danger", done="Stopped.")


@pytest.mark.parametrize(
    ("question", "answers", "complains"),
    [
        (GRAVE, {"word": "HALT", "reason": "news"}, False),
        (GRAVE, {"word": "halt", "reason": "news"}, True),
        (GRAVE, {"reason": "news"}, True),
        (GRAVE, {"word": "HALT", "reason": "  "}, True),
        (LIGHT, {"reason": "news"}, False),
        (LIGHT, {}, True),
        (LIGHT, {"reason": 7}, True),
        (LIGHT, {"reason": "x" * (LONGEST_REASON + 1)}, True),
    ],
)
def test_word_and_reason_have_to_be_there(question: Question, answers: dict[str, Any], complains: bool) -> None:
    """The very word where there is one, and always a reason; whatever a forged form sends."""
    assert bool(complaint(question, answers)) is complains
