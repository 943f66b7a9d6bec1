"""Dead letters with their events, and the two things that an admin may ask. Used by the page of dead letters."""

from functools import partial

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from stockbot.runtime.auth import Role
from stockbot_console.components.confirmation import Confirmation
from stockbot_console.components.elements import box, text
from stockbot_console.components.signal_list import chips, moment_ago
from stockbot_console.letter_acts import NEEDED, LetterActs
from stockbot_console.view_models.dead_letters import LetterRow, pretty
from stockbot_console.view_models.questions import Question

WITHHELD = (
    "You see the dead letters. Having an event taken in again, and resolving a letter, needs the role admin: "
    "sign in with its token."
)
TOGGLED = "(event) => emit(event.target.open)"


class LetterItem:
    """Builds a letter for the visitor of a page, who has `role`; what they have opened stays open as letters change."""

    def __init__(self, acts: LetterActs, confirmation: Confirmation, role: Role) -> None:
        self._acts = acts
        self._confirmation = confirmation
        self._may_act = role >= NEEDED
        self._opened: set[str] = set()

    def note(self) -> None:
        """Say why there are no buttons, where there are none."""
        if not self._may_act:
            text(WITHHELD, "muted withheld", tag="p")

    def build(self, row: LetterRow) -> Element:
        with box(f"alert letter {row.level if row.is_open else ''}".rstrip(), tag="article") as element:
            _head(row)
            text(row.reason, "why", tag="p")
            for note in row.notes:
                text(note, "muted", tag="p")
            with box("foot"):
                with box("known"):
                    chips(_facts(row))
                    _word(row)
                self._buttons(row)
            self._document(row)
        return element

    def _buttons(self, row: LetterRow) -> None:
        if not self._may_act or row.resolve is None:
            return
        with box("buttons"):
            if row.replay is not None:
                self._button(row, "replay", "Take it in again", row.replay)
            self._button(row, "resolve", "Resolve without taking it in", row.resolve)

    def _button(self, row: LetterRow, step: str, title: str, question: Question) -> None:
        act = partial(getattr(self._acts, step), row.service, row.letter_id)
        ask = partial(self._confirmation.ask, question, act)
        button = box(f"plain {question.tone}", tag="button", type="button").mark(f"{step}-{row.letter_id}")
        with button.on("click", ask, args=[]):
            text(title, tag="span")

    def _document(self, row: LetterRow) -> None:
        """The event, which goes to the browser when somebody opens it: there may be many, and of any length."""
        with box("event", tag="details").mark(f"event-{row.letter_id}") as details:
            text("The event as it came", tag="summary")
            body = box()
        details.on("toggle", partial(self._toggle, row, body), js_handler=TOGGLED)
        if row.key in self._opened:
            details.props["open"] = True
            _fill(body, row.document)

    def _toggle(self, row: LetterRow, body: Element, event: GenericEventArguments) -> None:
        if event.args:
            self._opened.add(row.key)
            _fill(body, row.document)
        else:
            self._opened.discard(row.key)


def _fill(body: Element, document: str) -> None:
    body.clear()
    with body:
        text(pretty(document) or "It is empty.", "document", tag="pre")


def _head(row: LetterRow) -> None:
    with box("head"):
        text(row.title, "title", tag="h3")
        text(f"at the {row.service}", tag="span")
        text(row.word, f"badge {row.level}", tag="span")
        box("spring")
        moment_ago(row.received)


def _facts(row: LetterRow) -> tuple[tuple[str, str], ...]:
    known = (("stream", row.stream), ("event", row.event_id), ("letter", row.letter_id))
    return tuple((name, value) for name, value in known if value)


def _word(row: LetterRow) -> None:
    if row.told:
        with box("told"):
            text(row.told, tag="span")
            moment_ago(row.over)
