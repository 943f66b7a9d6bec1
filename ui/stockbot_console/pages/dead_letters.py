"""Dead letters, at `/dead-letters?state=all`: events that a service could not take in, and a person's word on them."""

import asyncio

from nicegui import ui
from nicegui.element import Element

from stockbot_console.answers import Failure
from stockbot_console.components.confirmation import Confirmation
from stockbot_console.components.elements import box, text
from stockbot_console.components.excuse import excuse
from stockbot_console.components.filters import choices
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.letter_list import LetterItem
from stockbot_console.console import Console
from stockbot_console.letter_acts import LetterActs
from stockbot_console.letter_answers import Letter
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.view_models.dead_letters import (
    PATH,
    STATES,
    LetterRow,
    address,
    letter_rows,
    more_text,
    state_of,
    troubles,
)

TITLE = "Dead letters"
LOOK_SECONDS = 4.0
NOBODY = Failure(
    reason="This platform has no service that takes in events of a work stream.",
    remedy="Risk Guardian, Execution Engine, Portfolio Manager, Strategy Orchestrator and Alert Manager do.",
)
QUIET = {
    "open": "No dead letters are open: every event was taken in, or a person has resolved it.",
    "resolved": "No dead letter was taken in again or resolved yet.",
    "all": "No dead letters: every event was taken in.",
}


def register(console: Console) -> None:
    @guarded(console, PATH, TITLE)
    def dead_letters(state: str = "") -> None:
        frame = Frame(console, here=TITLE)
        with box("page", tag="main"):
            if not console.services.letter_keepers:
                text(TITLE, "heading", tag="h1")
                excuse("Nobody keeps dead letters", NOBODY)
                return frame.follow()
            page = LettersPage(console, frame, state_of(state))
        ui.timer(0, page.look, once=True)
        ui.timer(LOOK_SECONDS, page.look)
        return frame.follow()


class LettersPage:
    """Asks every service for its letters; each is shown as it answers, so that none waits for one that is silent."""

    def __init__(self, console: Console, frame: Frame, state: str) -> None:
        self._console = console
        self._state = state
        self._answers: dict[str, tuple[Letter, ...] | Failure] = {}
        item = LetterItem(LetterActs(console, frame.visitor, self.look_at), Confirmation(), frame.role)
        with box("page-head"):
            text(TITLE, tag="h1")
            text("what a service could not take in; its work goes on without it", "muted")
        item.note()
        self._troubles = Keyed[str](box("stack"), _trouble)
        with box("panel inbox", tag="section"):
            with box("toolbar"):
                choices(((one.capitalize(), address(one), one == state) for one in STATES), "State")
                box("spring")
                self._more = text("", "muted")
            self._none = text("Loading", "muted none")
            self._letters = Keyed[LetterRow](box("list"), item.build)

    async def look(self) -> None:
        """Ask all of them at once."""
        await asyncio.gather(*map(self.look_at, self._console.services.letter_keepers))

    async def look_at(self, service: str) -> None:
        """Ask one of them."""
        keeper = self._console.services.letter_keepers[service]
        self._answers[service] = await keeper.last_letters(self._state)
        self._show()

    def _show(self) -> None:
        rows, silent = letter_rows(self._answers, self._console.board.view.zone), troubles(self._answers)
        waiting = len(self._answers) < len(self._console.services.letter_keepers)
        self._troubles.show(silent)
        self._more.set_text(more_text(self._answers))
        self._none.set_text("Loading" if waiting else QUIET[self._state])
        self._none.set_visibility(not rows and (waiting or not silent))
        self._letters.show(rows)


def _trouble(words: str) -> Element:
    notice = text(words, "notice", tag="p")
    notice.props["role"] = "status"
    return notice
