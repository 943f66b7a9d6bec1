"""Dead letters: what they are about, what became of them, and what may still be asked."""

from datetime import UTC, timedelta
from typing import Any

import msgspec
import pytest

from stockbot.events.streams import ALERTS, ORDERS
from stockbot.runtime import dead_letters as real
from stockbot.testing.clock import START
from stockbot.testing.letters import letter
from stockbot_console.answers import Failure
from stockbot_console.letter_answers import Letter
from stockbot_console.view_models.dead_letters import (
    DEEPEST,
    LONGEST_INDENTED,
    LONGEST_NAME,
    REDUCING,
    SHOWN,
    Answers,
    LetterRow,
    address,
    letter_rows,
    more_text,
    pretty,
    state_of,
    troubles,
)

SILENT = Failure(reason="It does not answer.", remedy="Start it.")


def made(name: str = "1", **changes: Any) -> Letter:
    return msgspec.convert(letter(name, START) | changes, Letter)


def row(service: str = "Risk Guardian", **changes: Any) -> LetterRow:
    (shown,) = letter_rows({service: (made(**changes),)}, UTC).values()
    return shown


def test_the_newest_of_all_services_comes_first() -> None:
    """Whoever put it aside; who does not answer hides nobody's letters and is named."""
    earlier, later = made("1"), made("2", received_at=START + timedelta(seconds=1))
    answers: Answers = {"Risk Guardian": (earlier,), "Execution Engine": SILENT, "Portfolio Manager": (later,)}
    shown = letter_rows(answers, UTC).values()
    assert [(one.service, one.event_id) for one in shown] == [
        ("Portfolio Manager", "update-2"),
        ("Risk Guardian", "update-1"),
    ]
    assert troubles(answers) == {
        "Execution Engine": "The dead letters of the Execution Engine are not known. It does not answer. Start it."
    }


def test_one_id_at_two_services_is_two_letters() -> None:
    """An event of which two services could not take in their copy."""
    assert len(letter_rows({"Risk Guardian": (made(),), "Portfolio Manager": (made(),)}, UTC)) == 2


@pytest.mark.parametrize(
    ("count", "told"), [(SHOWN, ""), (SHOWN + 1, f"These are the newest {SHOWN}; there are more.")]
)
def test_more_than_a_page_shows_is_said(count: int, told: str) -> None:
    """None is dropped in silence."""
    answers: Answers = {
        "Alert Manager": tuple(made(f"{number}") for number in range(count)),
        "Execution Engine": SILENT,
    }
    assert len(letter_rows(answers, UTC)) == SHOWN
    assert more_text(answers) == told


@pytest.mark.parametrize(
    ("resolution", "over", "word", "level", "offers"),
    [
        (None, False, "OPEN", "warning", (True, True)),
        (f"{real.ASKED}root: mended", False, "REPLAY ASKED", "waiting", (False, True)),
        (f"{real.BEGUN}root: mended", False, "REPLAY BEGUN", "warning", (True, True)),
        (f"{real.FAILED}root: mended", False, "REPLAY FAILED", "bad", (True, True)),
        (f"{real.REPLAYED}root: mended", True, "TAKEN IN", "good", (False, False)),
        (f"{real.RESOLVED}root: nonsense", True, "RESOLVED", "idle", (False, False)),
        ("a word of a later version", False, "OPEN", "warning", (True, True)),
        ("a word of a later version", True, "RESOLVED", "idle", (False, False)),
    ],
)
def test_what_became_of_it(
    resolution: str | None, over: bool, word: str, level: str, offers: tuple[bool, bool]
) -> None:
    """In one word for each step that the services write, with who asked and why; what is over is asked no more."""
    shown = row(resolution=resolution, resolved_at=START if over else None)
    assert (shown.word, shown.level, shown.told.lower()) == (word, level, (resolution or "").lower())
    assert (shown.replay is not None, shown.resolve is not None) == offers
    assert (shown.over is not None, bool(shown.notes)) == (over, not over)


@pytest.mark.parametrize(
    ("document", "event", "event_id"),
    [
        ('{"id":"a-1","type":"ORDER_UPDATE"}', "ORDER_UPDATE", "a-1"),
        ('{"id":7,"type":"ORDER_UPDATE"}', "ORDER_UPDATE", ""),
        ('{"id":"a-1","type":["x"]}', "", "a-1"),
        ('{"type":"<script>alert(1)</script>"}', "<script>alert(1)</script>", ""),
        ('{"type":"\\u202eREDRO","id":"two\\nlines"}', "", ""),
        (f'{{"type":"{"T" * 5000}"}}', f"{'T' * LONGEST_NAME}\N{HORIZONTAL ELLIPSIS}", ""),
        ('{"type":"\\ud800"}', "", ""),
        ('["id","type"]', "", ""),
        ("not JSON", "", ""),
        ("", "", ""),
        ('{"id":"a-1"', "", ""),
        ('{"x":' + "[" * 100_000, "", ""),
    ],
)
def test_type_and_id_are_shown_where_they_can_be_read(document: str, event: str, event_id: str) -> None:
    """Never a name that would not be one line of a page, whoever wrote the document; the questions follow it."""
    shown = row(document=document)
    assert (shown.title, shown.event_id) == (event or "An event that cannot be read", event_id)
    assert shown.resolve is not None
    assert (event or "an event that cannot be read") in shown.resolve.effects[0]


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        ('{"price":1.10,"price":123456789012345678901}', '{\n  "price": 1.10,\n  "price": 123456789012345678901\n}'),
        ('{"a":"<b>&amp;"}', '{\n  "a": "<b>&amp;"\n}'),
        ('{"a":"[{"}', '{\n  "a": "[{"\n}'),
        ("NaN", "NaN"),
        ("<img src=x>", "<img src=x>"),
        ('{"id": "\ufffd', '{"id": "\ufffd'),
        ("", ""),
    ],
)
def test_a_document_is_indented_where_it_is_json(document: str, shown: str) -> None:
    """To the last digit and also with a name twice; all else is as it came."""
    assert pretty(document) == shown


@pytest.mark.parametrize(
    "document",
    ["[" * 100_000, "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "[" + "1," * LONGEST_INDENTED + "1]"],
)
def test_what_indenting_would_blow_up_stays_as_it_is(document: str) -> None:
    """Nested deeper, or longer, than any event: a few kilobytes cannot become gigabytes on a page."""
    assert pretty(document) == document


@pytest.mark.parametrize(
    ("service", "stream", "reducing"),
    [
        ("Risk Guardian", ORDERS, True),
        ("Portfolio Manager", ORDERS, True),
        ("Strategy Orchestrator", ORDERS, False),
        ("Risk Guardian", ALERTS, False),
    ],
)
def test_what_holds_trading_back_says_so(service: str, stream: str, reducing: bool) -> None:
    """An order update at those two alone; once it is over it holds nothing back."""
    assert (REDUCING in row(service, stream=stream).notes) is reducing
    assert row(service, stream=stream, resolved_at=START).notes == ()


def test_what_came_as_no_event_cannot_be_taken_in_again() -> None:
    """The service would refuse it, so it is not offered; the letter says what to do."""
    shown = row("Portfolio Manager", stream="execution_activities", document='{"number":12}')
    assert (shown.title, shown.replay) == ("A record of execution_activities", None)
    assert shown.resolve is not None
    assert "resolve it" in shown.notes[0]


@pytest.mark.parametrize(
    ("typed", "state", "path"),
    [
        ("", "open", "/dead-letters"),
        ("odd", "open", "/dead-letters"),
        ("resolved", "resolved", "/dead-letters?state=resolved"),
        ("all", "all", "/dead-letters?state=all"),
    ],
)
def test_the_choice_is_in_the_address(typed: str, state: str, path: str) -> None:
    """What does not exist is the default."""
    assert (state_of(typed), address(state_of(typed))) == (state, path)
