"""A manual order, at `/orders/new?symbol=&side=`: checked by risk before it is sent, then followed."""

from nicegui.element import Element

from stockbot.runtime.auth import Role
from stockbot_console.components.elements import box, link, text
from stockbot_console.components.excuse import absent
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.order_actions import WITHHELD
from stockbot_console.components.order_form import OrderForm
from stockbot_console.console import Console
from stockbot_console.engine_answers import Sent
from stockbot_console.order_acts import OrderActs
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.pages.orders import DOCUMENT, SERVICE
from stockbot_console.view import View
from stockbot_console.view_models.explain_links import explain_path
from stockbot_console.view_models.sent_orders import SentRow, sent_row


def register(console: Console) -> None:
    @guarded(console, "/orders/new", "New order")
    def new_order(symbol: str = "", side: str = "buy") -> None:
        frame = Frame(console, here="Orders")
        with box("page narrow", tag="main"):
            link("\N{LEFTWARDS ARROW} Orders", "/orders", "muted")
            if console.services.engine is None:
                absent(SERVICE, DOCUMENT)
                return frame.follow()
            if frame.role < Role.TRADER:
                text(WITHHELD, "muted withheld", tag="p")
                return frame.follow()
            acts, followed = OrderActs(console, frame.visitor), SentOrders(console)
            form = OrderForm(
                console.services.guardian,
                acts.send,
                followed.follow,
                symbol=symbol.strip().upper()[:32],
                side=side if side in ("buy", "sell") else "buy",
            )
            followed.place()
        return frame.follow(form.learn, followed.show)


class SentOrders:
    """The orders that were sent from this page, each with what is known of it by its chain."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._sent: dict[str, tuple[Sent, str]] = {}

    def place(self) -> None:
        """Put the list where the page is at."""
        self._rows = Keyed[SentRow](box("stack"), _row)

    def follow(self, sent: Sent, order: str) -> None:
        self._sent = {sent.signal_id: (sent, order), **self._sent}
        self.show(self._console.board.view)

    def show(self, view: View) -> None:
        rows = [sent_row(sent, order, view.journal, view.orders) for sent, order in self._sent.values()]
        self._rows.show({row.key: row for row in rows})


def _row(row: SentRow) -> Element:
    with box("panel card sent", tag="article") as element:
        with box("top"):
            text(row.order, "heading", tag="h2")
            text(row.word, f"badge {row.level}", tag="span")
            box("spring")
            if row.order_id:
                link("The order", f"/orders/{row.order_id}", "plain")
            link("Explain", explain_path(row.chain, row.key), "plain")
        for sentence in row.sentences:
            text(sentence, row.tone, tag="p")
    return element
