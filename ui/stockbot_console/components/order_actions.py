"""Canceling one order, all of them, or everything: each with its preview and confirmation. Used by order pages."""

from functools import partial

from nicegui import ui

from stockbot.runtime.auth import Role
from stockbot_console.answers import Failure
from stockbot_console.components.confirmation import Confirmation
from stockbot_console.components.elements import box, link, text
from stockbot_console.console import Console
from stockbot_console.engine_answers import Order
from stockbot_console.guardian_answers import TradingState
from stockbot_console.order_acts import OrderActs
from stockbot_console.pages.frame import Frame
from stockbot_console.view_models.order_questions import cancel_all_question, cancel_question, flatten_question

WITHHELD = "As viewer you see the orders. Sending and canceling them needs the role trader: sign in with its token."
HALTED = "Trading is halted: to flatten now needs the role admin."


class OrderActions:
    """Asks on behalf of the visitor of a page."""

    def __init__(self, console: Console, frame: Frame) -> None:
        self._console = console
        self._role = frame.role
        self.acts = OrderActs(console, frame.visitor)
        self.confirmation = Confirmation()
        self.may_act = frame.role >= Role.TRADER

    def note(self) -> None:
        """Say why there are no buttons, where there are none."""
        if not self.may_act:
            text(WITHHELD, "muted withheld", tag="p")

    def desk_buttons(self) -> None:
        """What is about all orders."""
        if not self.may_act:
            return
        with box("buttons"):
            link("New order", "/orders/new", "plain go")
            self._button("Cancel all", "caution", "cancel-all", self._ask_cancel_all)
            self._button("Flatten", "danger", "flatten", self._ask_flatten)

    def cancel_button(self, order: Order) -> None:
        if self.may_act and order.is_open:
            ask = partial(
                self.confirmation.ask, cancel_question(order), partial(self.acts.cancel, order.client_order_id)
            )
            self._button("Cancel order", "danger", f"cancel-{order.client_order_id}", ask)

    def _button(self, title: str, tone: str, mark: str, ask: object) -> None:
        with box(f"plain {tone}", tag="button", type="button").mark(mark).on("click", ask, args=[]):  # type: ignore[arg-type] # any handler
            text(title, tag="span")

    async def _ask_cancel_all(self) -> None:
        preview = await self.acts.preview_cancel_all()
        if isinstance(preview, Failure):
            return _say(preview)
        if not preview.orders:
            return _say(Failure(reason="No order is open.", remedy="There is nothing to cancel."))
        return self.confirmation.ask(cancel_all_question(preview), self.acts.cancel_all)

    async def _ask_flatten(self) -> None:
        halted = self._halted()
        needed = Role.ADMIN if halted else Role.TRADER
        if self._role < needed:
            return _say(Failure(reason=HALTED, remedy=""))
        preview = await self.acts.preview_flatten()
        if isinstance(preview, Failure):
            return _say(preview)
        if not preview.cancels and not preview.closes:
            return _say(
                Failure(reason="No order is open and no position is held.", remedy="There is nothing to close.")
            )
        question = flatten_question(preview, halted=halted)
        return self.confirmation.ask(question, partial(self.acts.flatten, needed))

    def _halted(self) -> bool:
        risk = self._console.board.state.risk
        return (
            risk is not None and not isinstance(risk.status, Failure) and risk.status.effective is TradingState.HALTED
        )


def _say(failure: Failure) -> None:
    ui.notify(f"{failure.reason} {failure.remedy}".strip(), position="bottom-left", classes="told-so")
