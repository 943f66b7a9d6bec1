"""Dead letters as their page shows them: what was not taken in, where and why, and what became of it. Pure."""

from collections.abc import Mapping
from datetime import tzinfo
from itertools import accumulate
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from stockbot.events.streams import ORDERS, WORK
from stockbot_console.answers import Failure, known
from stockbot_console.letter_answers import Letter
from stockbot_console.view_models.letter_questions import REDUCES_ORDERS, replay_question, resolve_question
from stockbot_console.view_models.moments import Moment, moment
from stockbot_console.view_models.questions import Question

PATH = "/dead-letters"
STATES = ("open", "resolved", "all")
SHOWN = 100  # of all services together: as many as the page shows
LONGEST_INDENTED, DEEPEST = 100_000, 32  # characters and brackets; no event comes near, and indenting makes it longer
LONGEST_NAME = 160
UNREADABLE = "an event that cannot be read"

# How `resolution` begins while a letter is open and when it is over, with the word and the tone of its badge.
FATES = (
    ("replay asked by ", "REPLAY ASKED", "waiting"),
    ("replay begun, asked by ", "REPLAY BEGUN", "warning"),
    ("replay failed, asked by ", "REPLAY FAILED", "bad"),
    ("replayed, asked by ", "TAKEN IN", "good"),
    ("resolved by ", "RESOLVED", "idle"),
)
MEANINGS = {
    "REPLAY ASKED": "The service takes it in within seconds, or as soon as it runs.",
    "REPLAY BEGUN": "The service has begun and not ended. If the event has ended the service, it is not tried again "
    "until somebody asks again.",
    "REPLAY FAILED": "It was put aside again, for the reason above.",
}
REDUCING = "Until it is taken in or resolved, only orders that make a position smaller pass."
BY_HAND = "It did not come as an event, so it cannot be taken in again: do by hand what it asks for, then resolve it."


class LetterRow(Struct, frozen=True, kw_only=True):
    """`title` names the event; `event_id` is empty where it cannot be read; `told` is a person's word on the letter.

    `notes` say what holds while it is open. `replay` and `resolve` are None where there is nothing to ask.
    """

    key: str
    letter_id: str
    service: str
    title: str
    stream: str
    event_id: str
    reason: str
    received: Moment
    word: str
    level: str
    is_open: bool
    told: str
    over: Moment | None
    notes: tuple[str, ...]
    document: str
    replay: Question | None
    resolve: Question | None


class Head(Struct, frozen=True):
    """What names an event, of whatever type that is in a document that nobody could take in."""

    id: object = None
    type: object = None


Answers = Mapping[str, tuple[Letter, ...] | Failure]  # by the service's name


def state_of(typed: str) -> str:
    """Read the choice from an address, as people type them."""
    return typed if typed in STATES else STATES[0]


def address(state: str) -> str:
    return PATH if state == STATES[0] else f"{PATH}?{urlencode({'state': state})}"


def letter_rows(answers: Answers, zone: tzinfo) -> dict[str, LetterRow]:
    """The newest of all services, the newest first."""
    found = [_row(service, letter, zone) for service, answer in answers.items() for letter in known(answer)]
    found.sort(key=lambda row: (row.received.at, row.letter_id), reverse=True)
    return {row.key: row for row in found[:SHOWN]}


def more_text(answers: Answers) -> str:
    """Say that there are more than are shown; empty where there are not."""
    count = sum(len(known(answer)) for answer in answers.values())
    return f"These are the newest {SHOWN}; there are more." if count > SHOWN else ""


def troubles(answers: Answers) -> dict[str, str]:
    """Whose letters are not known, and why, by service."""
    return {
        service: f"The dead letters of the {service} are not known. {answer.reason} {answer.remedy}".strip()
        for service, answer in answers.items()
        if isinstance(answer, Failure)
    }


def pretty(document: str) -> str:
    """The document, indented where it is JSON as events are; anything else as it is."""
    if len(document) > LONGEST_INDENTED or _depth(document) > DEEPEST:
        return document
    try:
        return msgspec.json.format(document, indent=2)
    except msgspec.DecodeError:
        return document


def _depth(document: str) -> int:
    """How deep brackets nest. Those in texts count too: at worst an odd document is shown as it is."""
    steps = {"[": 1, "{": 1, "]": -1, "}": -1}
    return max(accumulate(steps.get(character, 0) for character in document), default=0)


def _row(service: str, letter: Letter, zone: tzinfo) -> LetterRow:
    word, level = _fate(letter)
    event, event_id = _named(letter.document)
    is_open = letter.resolved_at is None
    what = event or (UNREADABLE if letter.stream in WORK else f"a record of {letter.stream}")
    again = is_open and letter.stream in WORK and word != "REPLAY ASKED"
    return LetterRow(
        key=f"{service}/{letter.letter_id}",
        letter_id=letter.letter_id,
        service=service,
        title=_sentence(what),
        stream=letter.stream,
        event_id=event_id,
        reason=letter.reason,
        received=moment(letter.received_at, zone),
        word=word,
        level=level,
        is_open=is_open,
        told=_sentence(letter.resolution or ""),
        over=moment(letter.resolved_at, zone) if letter.resolved_at else None,
        notes=_notes(service, letter, word) if is_open else (),
        document=letter.document,
        replay=replay_question(service, what) if again else None,
        resolve=resolve_question(service, letter.stream, what) if is_open else None,
    )


def _fate(letter: Letter) -> tuple[str, str]:
    for beginning, word, level in FATES:
        if (letter.resolution or "").startswith(beginning):
            return word, level
    return ("OPEN", "warning") if letter.resolved_at is None else ("RESOLVED", "idle")


def _notes(service: str, letter: Letter, word: str) -> tuple[str, ...]:
    reducing = letter.stream == ORDERS and service in REDUCES_ORDERS
    by_hand = letter.stream not in WORK
    told = (MEANINGS.get(word, ""), REDUCING if reducing else "", BY_HAND if by_hand else "")
    return tuple(note for note in told if note)


def _named(document: str) -> tuple[str, str]:
    """Type and id of the event, as far as they can be read."""
    try:
        head = msgspec.json.decode(document, type=Head)
    except (msgspec.DecodeError, RecursionError):
        return "", ""
    return _name(head.type), _name(head.id)


def _name(given: object) -> str:
    """A name that is one line of a page, whoever wrote it; empty for all else."""
    if not isinstance(given, str) or not given.isprintable():
        return ""
    return given if len(given) <= LONGEST_NAME else f"{given[:LONGEST_NAME]}\N{HORIZONTAL ELLIPSIS}"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"
