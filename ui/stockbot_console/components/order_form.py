"""The form of a manual order: first every check of risk, then that very order is sent. Used by the new-order page.

What is sent is what was checked: a field that changed since is checked again first. The key is made with the check,
so a second click, or a page that asks again, is the same order.
"""

import secrets
from collections.abc import Awaitable, Callable

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from stockbot_console.answers import Failure
from stockbot_console.client import Guardian
from stockbot_console.components.confirmation import SUBMITTED
from stockbot_console.components.elements import box, text
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.what_if import check_findings
from stockbot_console.engine_answers import Sent
from stockbot_console.view import View
from stockbot_console.view_models.checks import CheckResult, check_result
from stockbot_console.view_models.order_form import (
    BRACKET,
    FORCES,
    PRICES,
    TITLES,
    TYPES,
    ManualOrder,
    manual_order,
    order_text,
    what_if_of,
)

SYMBOLS = "order-symbols"
TYPED = "(event) => stockbot.orderType(event.currentTarget)"
NO_GUARDIAN = Failure(reason="This platform has no Risk Guardian: no order can be approved.", remedy="Add one first.")

Send = Callable[[ManualOrder, str], Awaitable[Sent | Failure]]
Started = Callable[[Sent, str], None]


class OrderForm:
    """`send` asks for the order; `started` is told once it was taken on."""

    def __init__(self, guardian: Guardian | None, send: Send, started: Started, *, symbol: str, side: str) -> None:
        self._guardian = guardian
        self._send = send
        self._started = started
        self._checked: tuple[ManualOrder, str] | None = None
        self._under_way = False
        form = box("panel order-form", tag="form").mark("order-form")
        with form:
            text("New order", tag="h1")
            text("It goes to risk as any signal does, and to the broker only if risk approves it.", "muted", tag="p")
            _fields(symbol, side)
            self._symbols = Keyed[str](box(tag="datalist", id=SYMBOLS), _option)
            self._problem = text("", "problem")
            self._problem.props["role"] = "alert"
            self._buttons = box("buttons")
            self._result = box("result")
        form.on("submit", self.submit, js_handler=SUBMITTED)
        form.on("input", js_handler=TYPED)
        self._offer("Check", "go")

    def learn(self, view: View) -> None:
        """Suggest the symbols that have a price now."""
        self._symbols.show({symbol: symbol for symbol in view.rows})

    async def submit(self, event: GenericEventArguments) -> None:
        """Check what is typed, or send it where that very order was checked before."""
        if self._under_way:
            return
        order = manual_order(event.args)
        self._problem.set_text("")
        self._under_way = True
        if isinstance(order, Failure):
            self._refuse(order)
        elif self._checked is not None and self._checked[0] == order:
            await self._take(order, self._checked[1])
        else:
            await self._check(order)
        self._under_way = False

    async def _check(self, order: ManualOrder) -> None:
        answer = NO_GUARDIAN if self._guardian is None else await self._guardian.check(what_if_of(order))
        if isinstance(answer, Failure):
            return self._refuse(answer)
        self._checked = (order, secrets.token_hex(16))
        result = check_result(answer)
        self._show(order, result)
        return self._offer(
            f"Send: {order_text(order)}" if answer.approved else f"Send all the same: {order_text(order)}",
            "go" if answer.approved else "caution",
        )

    async def _take(self, order: ManualOrder, key: str) -> None:
        answer = await self._send(order, key)
        if isinstance(answer, Failure):
            self._problem.set_text(f"{answer.reason} {answer.remedy}".strip())
            return
        self._checked = None
        self._result.clear()
        self._offer("Check", "go")
        self._started(answer, order_text(order))

    def _refuse(self, failure: Failure) -> None:
        self._checked = None
        self._result.clear()
        self._offer("Check", "go")
        self._problem.set_text(f"{failure.reason} {failure.remedy}".strip())

    def _show(self, order: ManualOrder, result: CheckResult) -> None:
        self._result.clear()
        with self._result:
            if any(name in order for name in BRACKET):
                text("The closing orders of the bracket are judged when they are made.", "muted", tag="p")
            check_findings(result)

    def _offer(self, title: str, tone: str) -> None:
        self._buttons.clear()
        with self._buttons, box(f"plain submit {tone}", tag="button", type="submit"):
            text(title, tag="span")


def _fields(symbol: str, side: str) -> None:
    with box("fields"):
        _input("symbol", "Symbol", data_first=symbol, required="", list=SYMBOLS, maxlength=32, placeholder="AAPL")
        _select("side", "Side", {"buy": "buy", "sell": "sell"}, side)
        _input("quantity", "Quantity", required="", inputmode="decimal", placeholder="10")
        _select("order_type", "Type", TYPES, "market")
        for name in TITLES:
            types = [one.value for one, prices in PRICES.items() if name in prices]
            example = "none" if name in BRACKET else "187.50"
            _input(name, TITLES[name], inputmode="decimal", placeholder=example, types=" ".join(types))
        _select("time_in_force", "Time in force", FORCES, "day")
        with box("field check", tag="label"):
            box(tag="input", type="checkbox", name="extended_hours", value="yes")
            text("Extended hours", tag="span")
        _input("reason", "Reason", required="", maxlength=500, placeholder="why, in a few words", wide=True)


def _input(name: str, title: str, *, types: str = "", wide: bool = False, **attributes: object) -> None:
    """`types` are the types of order that need this field; empty: every one."""
    label = box("field wide" if wide else "field", tag="label")
    if types:
        label.props["data-types"] = types
    with label:
        text(title, tag="span")
        box(tag="input").props.update({"name": name, "autocomplete": "off"} | _named(attributes))


def _named(attributes: dict[str, object]) -> dict[str, object]:
    """`data_first` stands in the field at first: as `value` it would come back with every change of the page."""
    return {name.replace("_", "-"): value for name, value in attributes.items()}


def _select(name: str, title: str, options: dict[str, str], chosen: str) -> None:
    with box("field", tag="label"):
        text(title, tag="span")
        with box(tag="select", name=name):
            for value, told in options.items():
                text(told, tag="option").props.update({"value": value, "selected": value == chosen})


def _option(symbol: str) -> Element:
    return box(tag="option", value=symbol)
