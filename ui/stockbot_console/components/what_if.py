"""The what-if form: an order that nobody sends, and every check that risk would make of it. On the page of risk."""

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from stockbot_console.answers import Failure
from stockbot_console.client import Guardian
from stockbot_console.components.confirmation import SUBMITTED
from stockbot_console.components.elements import box, text
from stockbot_console.components.keyed import Keyed
from stockbot_console.view import View
from stockbot_console.view_models.checks import CheckResult, CheckRow, check_result, order_of

SYMBOLS = "what-if-symbols"


class WhatIf:
    """Asks `guardian`."""

    def __init__(self, guardian: Guardian) -> None:
        self._guardian = guardian
        with box("panel what-if", tag="section"):
            with box("toolbar"):
                text("What if", tag="h2")
                text("every check of an order; nothing is sent", "muted")
            form = box("fields", tag="form").mark("what-if")
            with form:
                _fields()
                self._symbols = Keyed[str](box(tag="datalist", id=SYMBOLS), _option)
            self._result = box("result")
        form.on("submit", self.check, js_handler=SUBMITTED)

    def learn(self, view: View) -> None:
        """Suggest the symbols that have a price now."""
        self._symbols.show({symbol: symbol for symbol in view.rows})

    async def check(self, event: GenericEventArguments) -> None:
        order = order_of(event.args)
        answer = order if isinstance(order, Failure) else await self._guardian.check(order)
        self._result.clear()
        with self._result:
            if isinstance(answer, Failure):
                text(f"{answer.reason} {answer.remedy}".strip(), "problem").props["role"] = "alert"
            else:
                check_findings(check_result(answer))


def _fields() -> None:
    with box("field", tag="label"):
        text("Symbol", tag="span")
        box(tag="input", name="symbol", required="", list=SYMBOLS, autocomplete="off", maxlength=32, placeholder="AAPL")
    with box("field", tag="label"):
        text("Side", tag="span")
        with box(tag="select", name="side"):
            for side in ("buy", "sell"):
                text(side, tag="option").props["value"] = side
    with box("field", tag="label"):
        text("Quantity", tag="span")
        box(tag="input", name="quantity", required="", inputmode="decimal", autocomplete="off", placeholder="10")
    with box("plain go", tag="button", type="submit"):
        text("Check", tag="span")


def _option(symbol: str) -> Element:
    return box(tag="option", value=symbol)


def check_findings(result: CheckResult) -> None:
    """Whether it would pass, and every check with its numbers."""
    with box("verdict"):
        text(result.word, f"badge {result.level}", tag="span")
        text(result.detail, tag="span")
    with box("checks"):
        for row in result.rows:
            _check(row)


def _check(row: CheckRow) -> None:
    text(row.word, f"mark {row.level}", tag="span")
    with box("finding"):
        text(row.sentence, tag="span")
        text(row.numbers, "muted", tag="span")
    text(row.key, tag="code")
