"""How the books stand beside the broker's: drift, reconcile now, drain. Used by the orders page."""

from functools import partial

from nicegui import ui
from nicegui.element import Element

from stockbot.runtime.auth import Role
from stockbot_console.answers import Failure
from stockbot_console.components.elements import box, text
from stockbot_console.components.excuse import excuse
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.order_actions import OrderActions
from stockbot_console.components.signal_list import moment_ago
from stockbot_console.view import View
from stockbot_console.view_models.order_questions import DRAIN, SERVE
from stockbot_console.view_models.reconciliations import DriftRow, Standing, standing


class ReconciliationPanel:
    def __init__(self, actions: OrderActions, role: Role) -> None:
        self._actions = actions
        self._role = role
        self._content = Keyed[Standing | Failure](box(), self._build)

    def show(self, view: View) -> None:
        if view.execution is None:
            return
        told = view.execution.reconciliation
        self._content.show({"": told if isinstance(told, Failure) else standing(told, view.execution.drain, view.zone)})

    def _build(self, shown: Standing | Failure) -> Element:
        if isinstance(shown, Failure):
            return excuse("How the books stand is not known", shown)
        with box("panel reconciliation", tag="section") as element:
            with box("toolbar"):
                text("Books and broker", tag="h2")
                text(shown.word, f"badge {shown.level}", tag="span")
                moment_ago(shown.last)
                box("spring")
                self._buttons(shown)
            with box("told-lines"):
                text(shown.sentence, "muted")
                text(f"{shown.intake}{f' {shown.in_flight} in flight.' if shown.in_flight else ''}", "muted")
            if shown.drifts:
                self._drifts(shown.drifts)
        return element

    def _buttons(self, shown: Standing) -> None:
        if not self._actions.may_act:
            return
        with box("buttons"):
            with box("plain", tag="button", type="button").mark("reconcile").on("click", self._reconcile, args=[]):
                text("Reconcile now", tag="span")
            if self._role >= Role.ADMIN and shown.drain_state:
                self._drain_button(shown.drain_state)

    def _drain_button(self, state: str) -> None:
        acts = self._actions.acts
        question, act = (DRAIN, acts.stop_intake) if state == "serving" else (SERVE, acts.serve_again)
        ask = partial(self._actions.confirmation.ask, question, act)
        with box(f"plain {question.tone}", tag="button", type="button").mark("drain").on("click", ask, args=[]):
            text(question.button, tag="span")

    async def _reconcile(self) -> None:
        failure = await self._actions.acts.reconcile()
        told = f"{failure.reason} {failure.remedy}".strip() if failure else "Comparing the books with the broker's."
        ui.notify(told, position="bottom-left", classes="told-so")

    def _drifts(self, drifts: tuple[DriftRow, ...]) -> None:
        with box("drifts", tag="table"):
            with box(tag="thead"), box(tag="tr"):
                for title in ("What", "Ours", "Broker's", "Since", ""):
                    text(title, tag="th")
            with box(tag="tbody"):
                for drift in drifts:
                    with box(tag="tr"):
                        _drift(drift)
                        with box("end", tag="td"):
                            self._accept_button(drift)

    def _accept_button(self, drift: DriftRow) -> None:
        if self._role < Role.ADMIN:
            return
        act = partial(self._actions.acts.accept, drift.kind, drift.subject)
        ask = partial(self._actions.confirmation.ask, drift.accept, act)
        button = box("plain small", tag="button", type="button").mark(f"accept-{drift.key}")
        with button.on("click", ask, args=[]):
            text("Accept", tag="span")


def _drift(drift: DriftRow) -> None:
    with box(tag="td"):
        text(drift.kind, "muted", tag="span")
        text(f" {drift.subject}", tag="span")
    text(drift.ours, tag="td")
    text(drift.brokers, tag="td")
    with box(tag="td"):
        moment_ago(drift.since)
