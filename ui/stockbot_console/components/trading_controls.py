"""The trading state with all that has a say in it, and the buttons that change it. Used by the page of risk."""

from functools import partial

from nicegui.element import Element

from stockbot.runtime.auth import Role
from stockbot_console.acts import choose_state
from stockbot_console.answers import Failure
from stockbot_console.components.confirmation import Confirmation
from stockbot_console.components.elements import box, text
from stockbot_console.components.excuse import excuse
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.signal_list import moment_ago
from stockbot_console.console import Console, Visitor
from stockbot_console.guardian_answers import TradingStatus
from stockbot_console.view import View
from stockbot_console.view_models.moments import Moment, moment
from stockbot_console.view_models.trading_state import (
    MEANINGS,
    Move,
    Source,
    badge,
    moves,
    offered,
    sources,
    withheld_text,
)

Shown = tuple[TradingStatus, Moment | None] | Failure


class TradingControls:
    """Changes the state on behalf of the visitor of a page, who has `role`."""

    def __init__(self, console: Console, visitor: Visitor, role: Role) -> None:
        self._console = console
        self._visitor = visitor
        self._role = role
        self._confirmation = Confirmation()
        self._content = Keyed[Shown](box(), self._build)

    def show(self, view: View) -> None:
        if view.risk is not None:
            status = view.risk.status
            self._content.show({"": status if isinstance(status, Failure) else (status, _changed(status, view))})

    def _build(self, shown: Shown) -> Element:
        if isinstance(shown, Failure):
            return excuse("The trading state is not known", shown)
        status, changed = shown
        with box(f"panel trading-state {badge(status).tone}", tag="section") as element:
            _headline(status, changed)
            with box("sources"):
                for source in sources(status):
                    _source(source)
            self._controls(moves(status))
        return element

    def _controls(self, all_moves: tuple[Move, ...]) -> None:
        with box("controls"):
            with box("buttons"):
                for move in offered(all_moves, str(self._role)):
                    self._button(move)
            text(withheld_text(all_moves, str(self._role)), "muted withheld", tag="p")

    def _button(self, move: Move) -> None:
        needs = Role.parse(move.needs)
        act = partial(choose_state, self._console, self._visitor, move.state, needs)
        ask = partial(self._confirmation.ask, move.question, act)
        button = box(f"plain {move.question.tone}", tag="button", type="button").mark(move.verb)
        with button.on("click", ask, args=[]):
            text(move.verb, tag="span")


def _changed(status: TradingStatus, view: View) -> Moment | None:
    return moment(status.change.when, view.zone) if status.change else None


def _headline(status: TradingStatus, changed: Moment | None) -> None:
    with box("headline"):
        text("Trading state", "title")
        text(badge(status).word, "state")
        text(MEANINGS[status.effective], "muted")
        if status.change is not None:
            with box("told"):
                text(f"{status.change.who}: {status.change.why}", tag="span")
                moment_ago(changed)


def _source(source: Source) -> None:
    with box("source"):
        text(source.title, "title")
        text(source.word, f"word {source.tone}")
        text(source.note, "note muted")
