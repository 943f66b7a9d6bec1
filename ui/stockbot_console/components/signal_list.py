"""Signals with their why, and what risk decided. Used by the pages of strategies."""

from collections.abc import Iterable

from nicegui.element import Element

from stockbot_console.components.elements import age, box, link, text
from stockbot_console.view_models.explain_links import explain_path
from stockbot_console.view_models.moments import Moment
from stockbot_console.view_models.signals import SignalRow


def signal_article(row: SignalRow) -> Element:
    """One signal in full."""
    with box("signal", tag="article", title=f"chain {row.chain}") as element:
        signal_head(row)
        chips((("price", row.reference), *row.indicators))
        for sentence in row.decision.reasons:
            text(sentence, "against", tag="p")
    return element


def signal_head(row: SignalRow) -> None:
    """What was wished and why, and what risk decided."""
    with box("head"):
        link(row.symbol, f"/symbols/{row.symbol}", "symbol")
        text(row.wish, f"wish {row.side}", tag="span")
        with box("outcome", tag="span", title=row.decision.detail):
            text(row.decision.word, f"badge {row.decision.level}", tag="span")
            moment_ago(row.made)
            link("explain", explain_path(row.chain, row.key), "more")
    text(row.reason, "why", tag="p")


def chips(named: Iterable[tuple[str, str]]) -> None:
    """Write small values with their names: indicators, parameters."""
    with box("indicators"):
        for name, value in named:
            with box("indicator", tag="span"):
                text(name, "muted", tag="span")
                text(value, tag="span")


def moment_ago(moment: Moment | None, absent: str = "") -> None:
    """Write an age that the browser ticks."""
    if moment is None:
        text(absent, "muted", tag="span")
        return
    with box("ago", tag="span"):
        age(moment.at, moment.exact)
        text(" ago", "muted", tag="span")
