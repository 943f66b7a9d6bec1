"""The page of the providers, at `/providers`: the health of each source of prices, and what is left of its budgets."""

from nicegui import ui

from stockbot_console.answers import Failure
from stockbot_console.components.elements import age, box, text
from stockbot_console.components.excuse import excuse
from stockbot_console.components.gauge import gauge
from stockbot_console.console import Console
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.view import View
from stockbot_console.view_models.moments import Moment
from stockbot_console.view_models.providers import ProviderCard, provider_card

TITLE = "Providers"
NONE = Failure(
    reason="The gateway has no provider.",
    remedy="Name one under spec.marketDataGateway.providers of its TradingService.",
)

Cards = tuple[ProviderCard, ...] | Failure


def register(console: Console) -> None:
    @guarded(console, "/providers", TITLE)
    def providers() -> None:
        frame = Frame(console, here=TITLE)
        with box("page", tag="main"):
            text(TITLE, "heading", tag="h1")
            overview = Overview(frame.view)
        frame.follow(overview.show)


def cards_of(view: View) -> Cards:
    if isinstance(view.providers, Failure):
        return view.providers
    return tuple(provider_card(provider, view.zone) for provider in view.providers) or NONE


class Overview:
    def __init__(self, view: View) -> None:
        self._shown = cards_of(view)
        self._content = box("cards")
        self._fill()

    def show(self, view: View) -> None:
        cards = cards_of(view)
        if cards != self._shown:
            self._shown = cards
            self._content.clear()
            self._fill()

    def _fill(self) -> None:
        with self._content:
            if isinstance(self._shown, Failure):
                excuse("No health of providers", self._shown)
            else:
                for card in self._shown:
                    _card(card)


def _card(card: ProviderCard) -> None:
    with box("panel card", tag="article"):
        with box("top"):
            text(card.name, "heading", tag="h2")
            text(card.state.upper(), f"badge {card.level}", tag="span")
            if card.simulated:
                text("SIMULATED", "badge SIMULATED", tag="span")
        text(card.label, "muted")
        for each in card.gauges:
            gauge(each)
        with box("rows"):
            _row("Breaker", card.breaker)
            _moment("Last success", card.succeeded, "none yet")
            _moment("Last error", card.failed, "none")
            if card.error is not None:
                _row("", card.error)
            _row("Symbol sets", card.symbol_sets)
            for shard in card.shards:
                _row("", shard)


def _row(title: str, value: str) -> None:
    text(title, "title")
    text(value, "error")


def _moment(title: str, moment: Moment | None, absent: str) -> None:
    text(title, "title")
    if moment is None:
        text(absent, "muted")
        return
    with ui.element("div"):
        age(moment.at, moment.exact)
        text(" ago", "muted", tag="span")
