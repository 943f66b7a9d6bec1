"""One order, at `/orders/{client_order_id}`: its state, every step with its latency, its fills, and why it was made."""

from datetime import tzinfo

from msgspec import Struct
from nicegui import background_tasks, ui
from nicegui.element import Element

from stockbot_console.answers import Failure
from stockbot_console.components.elements import box, link, text
from stockbot_console.components.excuse import absent, excuse
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.order_actions import OrderActions
from stockbot_console.components.signal_list import chips, moment_ago
from stockbot_console.components.steps import fill_list, timeline_list
from stockbot_console.console import Console
from stockbot_console.engine_answers import OrderDetail
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.pages.orders import DOCUMENT, SERVICE
from stockbot_console.view import View
from stockbot_console.view_models.ages import city_of
from stockbot_console.view_models.explain_links import explain_path
from stockbot_console.view_models.makers import maker_path, maker_text
from stockbot_console.view_models.moments import moment
from stockbot_console.view_models.numbers import money_text, price_text
from stockbot_console.view_models.order_steps import fill_rows, timeline, total_text
from stockbot_console.view_models.orders import (
    LEVELS,
    MEANINGS,
    broker_id_text,
    filled_text,
    order_title,
    state_word,
    terms_text,
)
from stockbot_console.view_models.signals import indicator_text

LOOK_SECONDS = 5.0  # how often an open page asks; an update of the order is asked about at once


class Shown(Struct, frozen=True):
    """What one building of the page is made from."""

    detail: OrderDetail
    zone: tzinfo


def register(console: Console) -> None:
    @guarded(console, "/orders/{client_order_id}", "Order")
    def order(client_order_id: str) -> None:
        frame = Frame(console, here="Orders")
        with box("page", tag="main"):
            link("\N{LEFTWARDS ARROW} Orders", "/orders?state=all", "muted")
            if console.services.engine is None:
                absent(SERVICE, DOCUMENT)
                return frame.follow()
            page = OrderPage(console, frame, client_order_id)
        ui.timer(0, page.look, once=True)
        ui.timer(LOOK_SECONDS, page.look)
        return frame.follow(page.show)


class OrderPage:
    """Asks the engine for the order, again when the bus has told of it."""

    def __init__(self, console: Console, frame: Frame, order_id: str) -> None:
        self._console = console
        self._id = order_id
        self._told: object = None
        self._actions = OrderActions(console, frame)
        self._content = Keyed[Shown | Failure](box("stack"), self._build)

    def show(self, view: View) -> None:
        """Ask again where the board knows something new of this order."""
        told = view.orders.orders.get(self._id)
        if told is not None and told != self._told:
            self._told = told
            background_tasks.create(self.look())

    async def look(self) -> None:
        engine = self._console.services.engine
        assert engine is not None  # noqa: S101 - without it this page is not made
        answer = await engine.order(self._id)
        zone = self._console.board.view.zone
        self._content.show({"": answer if isinstance(answer, Failure) else Shown(answer, zone)})

    def _build(self, shown: Shown | Failure) -> Element:
        if isinstance(shown, Failure):
            return excuse("This order is not known", shown)
        detail, zone = shown.detail, shown.zone
        with box("stack") as element:
            self._head(shown)
            with box("columns order-columns"):
                with box("column"):
                    _facts(detail)
                    _why(detail)
                with box("column"):
                    _steps(detail, zone)
                    _fills(detail, zone)
        return element

    def _head(self, shown: Shown) -> None:
        order = shown.detail.order
        with box("panel card", tag="section"):
            with box("top"):
                text(order_title(order), tag="h1")
                text(state_word(order.state), f"badge {LEVELS[order.state]}", tag="span")
                box("spring")
                link("Explain", explain_path(order.correlationid, order.signal_id), "plain")
                self._actions.cancel_button(order)
            with box("told"):
                told = order.reason or MEANINGS[order.state]
                text(f"{told[:1].upper()}{told[1:]}", tag="span")
                moment_ago(moment(order.updated_at, shown.zone))


def _facts(detail: OrderDetail) -> None:
    order = detail.order
    facts = {
        "Terms": terms_text(order.terms),
        "Filled": filled_text(order),
        "Account": order.account,
        "Our id": order.client_order_id,
        "Broker's id": broker_id_text(order),
        "Decision": order.decision_id or "none",
        **({"Asked by": "a person, who flattened"} if order.flatten else {}),
    }
    with box("panel card", tag="section"):
        text("The order", "heading", tag="h2")
        with box("rows"):
            text("Symbol", "title")
            link(order.symbol, f"/symbols/{order.symbol}")
            text("Strategy", "title")
            if maker_path(order.strategy):
                link(order.strategy, maker_path(order.strategy))
            else:
                text(maker_text(order.strategy))
            for title, value in facts.items():
                text(title, "title")
                text(value, "error")
            if detail.replaced_by:
                text("Replaced by", "title")
                link(detail.replaced_by, f"/orders/{detail.replaced_by}", "error")


def _why(detail: OrderDetail) -> None:
    """The signal and the approval that it was made from."""
    approval = detail.approval
    with box("panel card", tag="section"):
        text("Why", "heading", tag="h2")
        if approval is None:
            text("It was not made here: nobody approved it in this platform.", "muted")
            return
        text(approval.signal.reason, "why", tag="p")
        chips((name.replace("_", " "), indicator_text(value)) for name, value in approval.signal.indicators.items())
        with box("rows"):
            text("Price then", "title")
            text(price_text(approval.signal.reference_price))
            text("Cash held", "title")
            text(money_text(approval.held))
            if approval.reduction:
                text("Reduction", "title")
                text("it reduces a position: no limit applies")


def _steps(detail: OrderDetail, zone: tzinfo) -> None:
    with box("panel", tag="section"):
        with box("toolbar"):
            text("Timeline", tag="h2")
            text(f"{total_text(detail.timeline)}, times of {city_of(zone)}", "muted")
        timeline_list(timeline(detail, zone))


def _fills(detail: OrderDetail, zone: tzinfo) -> None:
    with box("panel", tag="section"):
        with box("toolbar"):
            text("Fills", tag="h2")
            text(filled_text(detail.order), "muted")
        if detail.executions:
            fill_list(fill_rows(detail.executions, zone))
        else:
            text("Nothing is filled yet.", "muted none")
