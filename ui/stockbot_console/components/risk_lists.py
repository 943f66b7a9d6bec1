"""What risk said no to, and how the trading state came to be: two lists with their whys. Used by the page of risk."""

from nicegui.element import Element

from stockbot_console.answers import known
from stockbot_console.components.elements import box, link, text
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.signal_list import moment_ago
from stockbot_console.view import View
from stockbot_console.view_models.explain_links import explain_path
from stockbot_console.view_models.signals import DenialRow, denial_row
from stockbot_console.view_models.trading_state import PastState, past_state

SHOWN = 30


class Denials:
    def __init__(self) -> None:
        with box("panel denials", tag="section"):
            with box("toolbar"):
                text("Last denials", tag="h2")
                text("signals that risk said no to", "muted")
            self._none = text("Nothing was denied, as far as is known here.", "muted none")
            self._rows = Keyed[DenialRow](box("list"), _denial)

    def show(self, view: View) -> None:
        denials = view.journal.denials[:SHOWN]
        self._none.set_visibility(not denials)
        rows = [denial_row(one, view.journal.signals.get(one.signal_id), view.zone) for one in denials]
        self._rows.show({row.key: row for row in rows})


class History:
    def __init__(self) -> None:
        with box("panel history", tag="section"):
            with box("toolbar"):
                text("Changes of the trading state", tag="h2")
            self._none = text("It was never changed.", "muted none")
            self._rows = Keyed[PastState](box("list"), _change)

    def show(self, view: View) -> None:
        changes = known(view.risk.history)[:SHOWN] if view.risk else ()
        self._none.set_visibility(not changes)
        rows = [past_state(change, view.zone) for change in changes]
        self._rows.show({row.key: row for row in rows})


def _denial(row: DenialRow) -> Element:
    with box("signal", tag="article") as element:
        with box("head"):
            link(row.symbol, f"/symbols/{row.symbol}", "symbol")
            text(row.wish, "wish", tag="span")
            link(row.strategy, f"/strategies/{row.strategy}", "muted")
            box("spring")
            moment_ago(row.when)
            link("explain", explain_path(row.chain, row.key), "more")
        for code, sentence in row.codes:
            with box("against", tag="p"):
                text(sentence, tag="span")
                text(code, tag="code")
    return element


def _change(row: PastState) -> Element:
    with box("signal", tag="article") as element:
        with box("head"):
            text(row.word, f"badge {row.tone}", tag="span")
            text(row.who, tag="span")
            box("spring")
            moment_ago(row.when)
        text(row.why, "why", tag="p")
    return element
