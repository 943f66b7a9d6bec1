"""The page of a symbol, at `/symbols/{symbol}?interval=1d`: its quote and its candles, both live."""

from datetime import datetime, timedelta

from nicegui import ui

from stockbot.events.market import Bar, Quote
from stockbot_console.answers import Failure
from stockbot_console.components.candle_chart import CandleChart
from stockbot_console.components.elements import box, link
from stockbot_console.components.quote_facts import QuoteFacts
from stockbot_console.console import Console
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.view import View
from stockbot_console.view_models.bars import INTERVALS, Interval, carried_on, interval_of, is_due, market_time

JUST_AFTER = timedelta(milliseconds=1)  # so that a bar that starts now is among those that start before the end
LOOK_SECONDS = 5.0  # how often a page looks whether its bars are due
NEVER = Failure(reason="There are no bars of this symbol in this interval.", remedy="Choose another interval.")


def register(console: Console) -> None:
    @guarded(console, "/symbols/{symbol}", "Symbol")
    def symbol_page(symbol: str, interval: str = "") -> None:
        chosen = interval_of(interval)
        ui.page_title(f"{symbol} {chosen.title} \N{MIDDLE DOT} Stockbot")
        frame = Frame(console, here="Symbol")
        with box("page", tag="main"):
            facts = QuoteFacts(symbol, frame.view.rows.get(symbol))
            with box("panel chart", tag="section"):
                _toolbar(symbol, chosen)
                candles = Candles(console, symbol, chosen, CandleChart(dark=bool(frame.dark.value)))
        frame.dark.on_value_change(lambda event: candles.paint(dark=event.value))
        ui.timer(LOOK_SECONDS, candles.look)

        def show(view: View) -> None:
            facts.show(view.rows.get(symbol))
            candles.show(view)

        frame.follow(show)


def _toolbar(symbol: str, chosen: Interval) -> None:
    with box("toolbar"):
        link("\N{LEFTWARDS ARROW} Market", "/", "muted")
        box("spring")
        with box("choices", tag="nav"):
            for interval in INTERVALS:
                here = "here" if interval is chosen else ""
                link(interval.title, f"/symbols/{symbol}?interval={interval.name}", here)


class Candles:
    """The bars behind the chart: asked for when they are due, and carried on by live prices in between."""

    def __init__(self, console: Console, symbol: str, interval: Interval, chart: CandleChart) -> None:
        self._console = console
        self._symbol = symbol
        self._interval = interval
        self._chart = chart
        self._bars: tuple[Bar, ...] = ()
        self._asked_at: datetime | None = None
        self._price_shown: Quote | None = None

    @property
    def _quote(self) -> Quote | None:
        track = self._console.board.state.tracks.get(self._symbol)
        return None if track is None else track.quote

    async def look(self) -> None:
        """Ask for the bars if they are due, and draw them or the reason why there are none."""
        now = self._console.board.clock.now()
        market = market_time(self._quote, now)
        if self._asked_at is not None and not is_due(
            self._bars, self._interval, market=market, waited=now - self._asked_at
        ):
            return
        self._asked_at = now
        start, end = market - self._interval.window, market + JUST_AFTER
        answer = await self._console.services.gateway.bars(self._symbol, self._interval.name, start, end)
        self._take(answer)

    def _take(self, answer: tuple[Bar, ...] | Failure) -> None:
        if isinstance(answer, Failure):
            if not self._bars:
                self._chart.excuse(answer)
        elif answer:
            self._bars = answer
            self._draw()
        else:
            self._chart.excuse(NEVER)

    def _draw(self) -> None:
        quote = self._quote
        self._chart.draw(self._bars, quote.mark if quote else None, self._console.board.view.zone)

    def show(self, view: View) -> None:
        quote = self._quote
        if quote is None or quote == self._price_shown or not self._bars:
            return
        self._bars = carried_on(self._bars, quote.mark, quote.source_time)
        self._chart.move(self._bars, quote.mark, view.zone)
        self._price_shown = quote

    def paint(self, *, dark: bool) -> None:
        self._chart.dark = dark
        if self._bars:
            self._draw()
