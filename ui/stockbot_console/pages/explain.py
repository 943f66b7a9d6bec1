"""Why there was an order, or why not, at `/explain/{correlationid}?signal=`: one column from tick to ledger."""

from nicegui import ui
from nicegui.element import Element

from stockbot_console.answers import Failure
from stockbot_console.components.elements import box, link, text
from stockbot_console.components.excuse import excuse
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.story import story_article
from stockbot_console.console import Console
from stockbot_console.inquiry import inquire
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.view_models.ages import city_of
from stockbot_console.view_models.explain import Story, stories, unknown_parts
from stockbot_console.view_models.explain_links import explain_path

LOOK_SECONDS = 5.0  # how often an open page asks how the chain went on
UNKNOWN = Failure(
    reason="Nothing of this chain is known here.",
    remedy="It may be older than what the services keep, or the address may be incomplete.",
)


def register(console: Console) -> None:
    @guarded(console, "/explain/{correlationid:path}", "Explain")
    def explain(correlationid: str, signal: str = "") -> None:
        frame = Frame(console, here="")
        with box("page narrow", tag="main"):
            page = ExplainPage(console, correlationid, signal)
        ui.timer(0, page.look, once=True)
        ui.timer(LOOK_SECONDS, page.look)
        return frame.follow()


class ExplainPage:
    """Asks every service for its part of the chain."""

    def __init__(self, console: Console, chain: str, signal: str) -> None:
        self._console = console
        self._chain = chain
        self._signal = signal
        with box("page-head"):
            text("Explain", tag="h1")
            text(chain, "muted error")
            text(f"times of {city_of(console.board.view.zone)}", "muted")
            box("spring")
            if signal:
                link("All signals of this chain", explain_path(chain), "muted")
        self._unknown = Keyed[str](box("stack"), _part)
        self._stories = Keyed[Story | Failure](box("stack stories"), _item)

    async def look(self) -> None:
        view = self._console.board.view
        chain = await inquire(self._console.services, view.journal, self._chain)
        told = stories(chain, view.zone, self._signal)
        missing = unknown_parts(chain)
        self._unknown.show({part: part for part in missing})
        self._stories.show({story.key: story for story in told} if told or missing else {"": UNKNOWN})


def _item(item: Story | Failure) -> Element:
    return excuse("Nothing to explain", item) if isinstance(item, Failure) else story_article(item)


def _part(told: str) -> Element:
    return text(told, "notice", tag="p")
