"""The market page, at `/`: the session, the breadth of the market, and the watchlist, all live. `?q=` is the search."""

from stockbot_console.components.elements import SEARCH, box, icon, show_text, text
from stockbot_console.components.watchlist_grid import WatchlistGrid
from stockbot_console.console import Console
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.view import View
from stockbot_console.view_models.breadth import Breadth, breadth
from stockbot_console.view_models.market_clock import MarketClock
from stockbot_console.view_models.numbers import NOTHING
from stockbot_console.view_models.watchlist import Row

TITLE = "Market"


def register(console: Console) -> None:
    @guarded(console, "/", TITLE)
    def market(q: str = "") -> None:
        frame = Frame(console, here=TITLE)
        with box("page", tag="main"):
            tiles = Tiles(frame.view)
            watchlist = Watchlist(frame.view, q)

        def show(view: View) -> None:
            tiles.show(view)
            watchlist.show(view)

        frame.follow(show)


class Watchlist:
    """The grid under its search field; without any row, what is missing and what to do."""

    def __init__(self, view: View, search: str) -> None:
        with box("panel watchlist", tag="section") as self._panel:
            with box("toolbar"):
                text("Watchlist", tag="h1")
                self._priceless = text("", "muted")
                box("spring")
                _search(search)
            with box("empty") as self._empty:
                text("No prices yet", "heading")
                self._reason = text("", "muted")
            with box("filled") as self._filled:
                self._grid = WatchlistGrid(view.rows, quick_filter=search)
        self._show_emptiness(view)

    def show(self, view: View) -> None:
        self._show_emptiness(view)
        self._grid.show(view.rows)

    def _show_emptiness(self, view: View) -> None:
        self._priceless.set_text(f"no price yet: {', '.join(view.priceless)}" if view.priceless else "")
        self._panel.style(replace=f"--rows: {len(view.rows)}")  # the panel ends where its rows do
        self._empty.set_visibility(not view.rows)
        self._filled.set_visibility(bool(view.rows))
        if not view.rows:
            self._reason.set_text(" ".join(light.reason for light in view.lights))


def _search(search: str) -> None:
    with box("search", tag="label"):
        icon(SEARCH, "muted")
        box(tag="input", type="search", placeholder="Search", value=search, data_search="", aria_label="Search")
        text("/", tag="kbd")


class Tiles:
    """Four numbers above the watchlist."""

    def __init__(self, view: View) -> None:
        with box("tiles"):
            self._clock = ClockTile(view.clock)
            self._breadth = BreadthTile(breadth(view.rows.values()))
            self._leader = MoverTile("Strongest")
            self._laggard = MoverTile("Weakest")
        self.show(view)

    def show(self, view: View) -> None:
        shown = breadth(view.rows.values())
        self._clock.show(view.clock)
        self._breadth.show(shown)
        self._leader.show(shown.leader)
        self._laggard.show(shown.laggard)


class ClockTile:
    def __init__(self, clock: MarketClock) -> None:
        with box("panel tile"):
            self._title = text("", "title")
            self._word = text(clock.word, "value")
            self._detail = text(clock.detail, "note")
            with box("meter"):
                self._elapsed = box("fill-accent")
        self.show(clock)

    def show(self, clock: MarketClock) -> None:
        self._title.set_text(f"Session {clock.note}".strip())
        self._word.set_text(clock.word)
        self._detail.set_text(clock.detail)
        self._elapsed.style(replace=f"width: {(clock.elapsed or 0):.0%}")


class BreadthTile:
    def __init__(self, shown: Breadth) -> None:
        with box("panel tile"):
            text("Breadth", "title")
            self._counts = text("", "value")
            self._unchanged = text("", "note")
            with box("meter"):
                self._rose = box("fill-up")
                self._fell = box("fill-down")
        self.show(shown)

    def show(self, shown: Breadth) -> None:
        total = max(1, shown.rose + shown.fell + shown.unchanged)
        self._counts.set_text(
            f"\N{BLACK UP-POINTING TRIANGLE} {shown.rose}   \N{BLACK DOWN-POINTING TRIANGLE} {shown.fell}"
        )
        self._unchanged.set_text(f"{shown.unchanged} unchanged")
        self._rose.style(replace=f"width: {shown.rose / total:.1%}")
        self._fell.style(replace=f"width: {shown.fell / total:.1%}")


class MoverTile:
    def __init__(self, title: str) -> None:
        with box("panel tile"):
            text(title, "title")
            self._name = text("", "value")
            self._change = text("", "note")

    def show(self, row: Row | None) -> None:
        if row is None:
            self._name.set_text(NOTHING)
            return show_text(self._change, "nothing moved that way", "note")
        self._name.set_text(row["symbol"])
        return show_text(self._change, f"{row['percent']}   {row['last']}", f"note {row['direction']}")
