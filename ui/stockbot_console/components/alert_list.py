"""The inbox: alerts with what was done about them, and the buttons of whoever may act. Used by the alerts page."""

from functools import partial

from nicegui.element import Element

from stockbot.runtime.auth import Role
from stockbot_console.alert_acts import AlertActs
from stockbot_console.components.confirmation import Confirmation
from stockbot_console.components.elements import box, icon, link, text
from stockbot_console.components.signal_list import chips, moment_ago
from stockbot_console.view_models.alerts import AlertRow, Receipt

ICONS = {
    "bad": "M12 8v5m0 3v.5M10.3 3.9 2.6 17.2A2 2 0 0 0 4.3 20h15.4a2 2 0 0 0 1.7-2.8L13.7 3.9a2 2 0 0 0-3.4 0z",
    "warning": "M12 7v6m0 3.5v.5M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
    "accent": "M12 11v6m0-9.5V7M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0z",
}
WITHHELD = (
    "As viewer you see the alerts. Acknowledging and silencing them needs the role trader: sign in with its token."
)


class AlertItem:
    """Builds an alert for the visitor of a page, who has `role`."""

    def __init__(self, acts: AlertActs, confirmation: Confirmation, role: Role) -> None:
        self._acts = acts
        self._confirmation = confirmation
        self.may_act = role >= Role.TRADER

    def note(self) -> None:
        """Say why there are no buttons, where there are none."""
        if not self.may_act:
            text(WITHHELD, "muted withheld", tag="p")

    def build(self, row: AlertRow) -> Element:
        with box(f"alert {row.tone}", tag="article") as element:
            _head(row)
            if row.detail:
                text(row.detail, "why", tag="p")
            with box("foot"):
                with box("known"):
                    chips((("source", row.source), ("fingerprint", row.fingerprint), *row.labels))
                    with box("receipts"):
                        for receipt in row.receipts:
                            _receipt(receipt)
                        for note in row.notes:
                            text(note, "muted receipt", tag="span")
                self._buttons(row)
        return element

    def _buttons(self, row: AlertRow) -> None:
        if not self.may_act or row.state == "RESOLVED":
            return
        with box("buttons"):
            if row.may_acknowledge:
                act = partial(self._acts.acknowledge, row.key)
                ask = partial(self._confirmation.ask, row.acknowledge, act)
                with box("plain go", tag="button", type="button").mark(f"ack-{row.key}").on("click", ask, args=[]):
                    text("Acknowledge", tag="span")
            act = partial(self._acts.silence, row.fingerprint)
            ask = partial(self._confirmation.ask, row.silence, act)
            with box("plain", tag="button", type="button").mark(f"silence-{row.key}").on("click", ask, args=[]):
                text("Silence", tag="span")


def _head(row: AlertRow) -> None:
    with box("head"):
        with box(f"severity {row.tone}", tag="span"):
            icon(ICONS[row.tone])
            text(row.severity, tag="span")
        text(row.title, "title", tag="h3")
        text(row.state, f"badge {row.state_tone}", tag="span")
        if row.place:
            link("Dead letters", row.place)
        box("spring")
        text(row.count, "muted", tag="span").props["title"] = f"first {row.first.exact}"
        moment_ago(row.last)


def _receipt(receipt: Receipt) -> None:
    with box(f"receipt {receipt.level}", tag="span"):
        box("dot", tag="span")
        text(receipt.channel, tag="span")
        text(receipt.text, "muted", tag="span")
        moment_ago(receipt.when)
