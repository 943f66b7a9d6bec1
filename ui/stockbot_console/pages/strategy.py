"""One strategy, at `/strategies/{id}`: what it is, how it fares on each symbol, and every signal with its why."""

import asyncio

from nicegui import ui
from nicegui.element import Element

from stockbot_console.answers import Failure, known
from stockbot_console.client import Guardian, Orchestrator
from stockbot_console.components.elements import box, link, text
from stockbot_console.components.excuse import absent, excuse
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.signal_list import signal_article
from stockbot_console.components.strategy_actions import StrategyActions
from stockbot_console.console import Console
from stockbot_console.guardian_answers import Verdict
from stockbot_console.journal import Journal, recorded
from stockbot_console.orchestrator_answers import StrategyDetail
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.pages.strategies import DOCUMENT, SERVICE, state_badges, state_reason
from stockbot_console.view import View
from stockbot_console.view_models.signals import SignalRow, signal_rows
from stockbot_console.view_models.strategies import RunRow, StrategyCard, run_row, strategy_card

LOOK_SECONDS = 5.0  # how often an open page asks how the strategy fares on its symbols


def register(console: Console) -> None:
    @guarded(console, "/strategies/{strategy_id}", "Strategy")
    def strategy(strategy_id: str) -> None:
        ui.page_title(f"{strategy_id} \N{MIDDLE DOT} Stockbot")
        frame = Frame(console, here="Strategies")
        with box("page", tag="main"):
            link("\N{LEFTWARDS ARROW} Strategies", "/strategies", "muted")
            if console.services.orchestrator is None:
                absent(SERVICE, DOCUMENT)
                return frame.follow()
            page = StrategyPage(console, frame, strategy_id)
        ui.timer(0, page.recall, once=True)
        ui.timer(LOOK_SECONDS, page.look)
        return frame.follow(page.show)


class StrategyPage:
    """What the board shows of the strategy, beside what this page asked about its past and its symbols."""

    def __init__(self, console: Console, frame: Frame, strategy: str) -> None:
        self._console = console
        self._id = strategy
        self._past = Journal()
        self._actions = StrategyActions(console, frame.visitor, frame.role)
        self._actions.note()
        self._head = Keyed[StrategyCard | Failure](box(), self._build_head)
        with box("columns"):
            with box("column"):
                self._what = Keyed[StrategyCard](box(), _what)
                self._symbols = Keyed[tuple[RunRow, ...] | Failure](box(), _symbols)
            with box("panel signals", tag="section"):
                with box("toolbar"):
                    text("Signals", tag="h2")
                    text("the newest first, with what risk decided", "muted")
                self._none = text("No signal yet.", "muted none")
                self._signals = Keyed[SignalRow](box("list"), signal_article)
        self.show(frame.view)

    def show(self, view: View) -> None:
        found = self._card(view)
        self._head.show({"": found})
        self._what.show({} if isinstance(found, Failure) else {"": found})
        rows = signal_rows(self._journal(view), self._id, view.zone)
        self._none.set_visibility(not rows)
        self._signals.show(rows)

    async def recall(self) -> None:
        """Ask for the signals of the past and what was decided about them."""
        orchestrator, guardian = self._services()
        signals, verdicts = await asyncio.gather(orchestrator.last_signals(self._id), _verdicts(guardian, self._id))
        self._past = recorded(self._past, known(signals), known(verdicts))
        self.show(self._console.board.view)

    async def look(self) -> None:
        """Ask how the strategy fares on its symbols."""
        answer = await self._services()[0].strategy(self._id)
        self._symbols.show({"": _runs(answer)})

    def _services(self) -> tuple[Orchestrator, Guardian | None]:
        services = self._console.services
        assert services.orchestrator is not None  # noqa: S101 - without it this page is not made
        return services.orchestrator, services.guardian

    def _journal(self, view: View) -> Journal:
        return recorded(self._past, view.journal.signals.values(), view.journal.verdicts.values())

    def _card(self, view: View) -> StrategyCard | Failure:
        instances = view.strategies.instances if view.strategies else ()
        if isinstance(instances, Failure):
            return instances
        found = next((one for one in instances if one.id == self._id), None)
        if found is not None:
            return strategy_card(found, self._journal(view), view.zone)
        names = ", ".join(one.id for one in instances) or "none"
        return Failure(reason=f"{self._id} is not a strategy here.", remedy=f"There are: {names}.")

    def _build_head(self, card: StrategyCard | Failure) -> Element:
        if isinstance(card, Failure):
            return excuse("No such strategy to show", card)
        with box("panel card", tag="section") as element:
            with box("top"):
                text(card.id, tag="h1")
                state_badges(card)
                box("spring")
                self._actions.buttons(card.id, card.actions)
            state_reason(card)
        return element


async def _verdicts(guardian: Guardian | None, strategy: str) -> tuple[Verdict, ...] | Failure:
    return () if guardian is None else await guardian.last_decisions(strategy)


def _runs(answer: StrategyDetail | Failure) -> tuple[RunRow, ...] | Failure:
    return answer if isinstance(answer, Failure) else tuple(map(run_row, answer.runs))


def _what(card: StrategyCard) -> Element:
    with box("panel card", tag="section") as element:
        text("What it does", "heading", tag="h2")
        facts = {"Class": card.kind, "Symbols": card.symbols, "Bars of": card.interval, "Size": card.sizing}
        with box("rows"):
            for title, value in (*facts.items(), *card.parameters):
                text(title, "title")
                text(value, "error")
    return element


def _symbols(runs: tuple[RunRow, ...] | Failure) -> Element:
    if isinstance(runs, Failure):
        return excuse("How it fares on each symbol is not known", runs)
    with box("panel card", tag="section") as element:
        text("On each symbol", "heading", tag="h2")
        for run in runs:
            with box("gauge"):
                with box("line"):
                    link(run.symbol, f"/symbols/{run.symbol}")
                    text(run.text, "muted")
                with box("meter"):
                    box("fill-accent").style(f"width: {run.share:.1%}")
                if run.note:
                    text(run.note, "note muted")
    return element
