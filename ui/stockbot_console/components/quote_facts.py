"""The quote of one symbol in a line: price, change, book, volume, origin and age. Used by the symbol page."""

from nicegui import ui

from stockbot_console.components.elements import age, box, set_age, show_text, text
from stockbot_console.view_models.numbers import NOTHING
from stockbot_console.view_models.watchlist import Row

FACTS = (("Bid", "bid"), ("Ask", "ask"), ("Spread", "spread"), ("Volume", "volume"), ("Source", "provider"))


class QuoteFacts:
    def __init__(self, symbol: str, row: Row | None) -> None:
        with box("panel facts", tag="section") as self._panel:
            text(symbol, tag="h1")
            self._price = text(NOTHING, "price")
            self._delta = text("", "delta")
            box("divider")
            self._facts = {field: _fact(title) for title, field in FACTS}
            with box("fact"):
                text("Age", "title")
                self._age = age(None, "")
            self._badges = box("badges", tag="span")
        self._shown: Row | None = None
        self.show(row)

    def show(self, row: Row | None) -> None:
        if row is None or row == self._shown:
            return
        self._panel.classes(replace="panel facts dim" if row["stale"] else "panel facts")
        self._price.set_text(row["last"])
        show_text(self._delta, f"{row['percent']}   {row['change']}", f"delta {row['direction']}")
        self._delta.props["title"] = row["since"]
        for field, label in self._facts.items():
            label.set_text(str(row[field]))  # type: ignore[literal-required] # FACTS names fields of a row
        set_age(self._age, row["at"], row["exact"])
        self._show_badges(row["badges"])
        self._shown = row

    def _show_badges(self, words: list[str]) -> None:
        if self._shown is not None and self._shown["badges"] == words:
            return
        self._badges.clear()
        with self._badges:
            for word in words:
                text(word, f"badge {word}", tag="span")


def _fact(title: str) -> ui.label:
    with box("fact"):
        text(title, "title")
        return text(NOTHING, "value")
