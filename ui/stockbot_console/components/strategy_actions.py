"""The buttons that start, pause and stop a strategy; for whom there are none, why. Used by the pages of strategies."""

from functools import partial

from stockbot.runtime.auth import Role
from stockbot_console.acts import ask_strategy
from stockbot_console.components.confirmation import Confirmation
from stockbot_console.components.elements import box, text
from stockbot_console.console import Console, Visitor
from stockbot_console.view_models.strategies import Action

WITHHELD = "As viewer you see the strategies. Starting and stopping them needs the role trader: sign in with its token."


class StrategyActions:
    """Asks on behalf of the visitor of a page, who has `role`."""

    def __init__(self, console: Console, visitor: Visitor, role: Role) -> None:
        self._console = console
        self._visitor = visitor
        self._confirmation = Confirmation()
        self.may_act = role >= Role.TRADER

    def note(self) -> None:
        """Say why there are no buttons, where there are none."""
        if not self.may_act:
            text(WITHHELD, "muted withheld", tag="p")

    def buttons(self, strategy: str, actions: tuple[Action, ...]) -> None:
        if not self.may_act:
            return
        with box("buttons"):
            for action in actions:
                act = partial(ask_strategy, self._console, self._visitor, strategy, action.step)
                ask = partial(self._confirmation.ask, action.question, act)
                button = box(f"plain {action.tone}", tag="button", type="button").mark(f"{action.step}-{strategy}")
                with button.on("click", ask, args=[]):
                    text(action.label, tag="span")
