"""The strategies, at `/strategies`: what each is to do and does, its last signal and what became of it."""

from functools import partial

from nicegui.element import Element

from stockbot_console.answers import Failure
from stockbot_console.components.elements import box, link, text
from stockbot_console.components.excuse import absent, excuse
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.signal_list import chips, moment_ago, signal_head
from stockbot_console.components.strategy_actions import StrategyActions
from stockbot_console.console import Console
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.view import View
from stockbot_console.view_models.signals import SignalRow
from stockbot_console.view_models.strategies import StrategyCard, strategy_card

TITLE = "Strategies"
SERVICE = "Strategy Orchestrator"
DOCUMENT = """\
apiVersion: stockbot.dev/v1alpha1
kind: TradingService
metadata: {name: strategy-orchestrator}
spec:
  type: StrategyOrchestrator
  strategyOrchestrator:
    strategies:
      - name: trend
        class: MovingAverageCross
        symbols: [AAPL]
        interval: 1m
        sizing: {fixedQuantity: "10"}"""
NONE = Failure(
    reason="The Strategy Orchestrator has no strategy.",
    remedy="Name one under spec.strategyOrchestrator.strategies of its TradingService.",
)


def register(console: Console) -> None:
    @guarded(console, "/strategies", TITLE)
    def strategies() -> None:
        frame = Frame(console, here=TITLE)
        with box("page", tag="main"):
            text(TITLE, "heading", tag="h1")
            if frame.view.strategies is None:
                absent(SERVICE, DOCUMENT)
                return frame.follow()
            actions = StrategyActions(console, frame.visitor, frame.role)
            actions.note()
            overview = Overview(actions)
        overview.show(frame.view)
        return frame.follow(overview.show)


class Overview:
    def __init__(self, actions: StrategyActions) -> None:
        self._cards = Keyed[StrategyCard | Failure](box("cards wide"), partial(_item, actions))

    def show(self, view: View) -> None:
        self._cards.show(_items(view))


def _items(view: View) -> dict[str, StrategyCard | Failure]:
    assert view.strategies is not None  # noqa: S101 - the page is there for these
    instances = view.strategies.instances or NONE
    if isinstance(instances, Failure):
        return {"": instances}
    return {strategy.id: strategy_card(strategy, view.journal, view.zone) for strategy in instances}


def _item(actions: StrategyActions, item: StrategyCard | Failure) -> Element:
    return excuse("No strategies to show", item) if isinstance(item, Failure) else _card(actions, item)


def _card(actions: StrategyActions, card: StrategyCard) -> Element:
    with box("panel card strategy", tag="article") as element:
        with box("top"):
            link(card.id, f"/strategies/{card.id}", "heading")
            state_badges(card)
            box("spring")
            actions.buttons(card.id, card.actions)
        text(f"{card.kind} \N{MIDDLE DOT} {card.interval} \N{MIDDLE DOT} {card.symbols}", "muted")
        chips(card.parameters)
        state_reason(card)
        _last(card.last)
    return element


def state_badges(card: StrategyCard) -> None:
    text(card.state, f"badge {card.level}", tag="span")
    if card.heading_for:
        text(f"\N{RIGHTWARDS ARROW} {card.heading_for}", "badge", tag="span")


def state_reason(card: StrategyCard) -> None:
    """Why it is as it is, since when, and who wants it so."""
    with box("rows"):
        text("Because", "title")
        with box(f"told {card.level}"):
            text(card.reason, tag="span")
            moment_ago(card.since)
        text("Wanted by", "title")
        with box("told"):
            text(card.wanted_by, tag="span")
            moment_ago(card.wanted_at)
        for shard in card.shards:
            text("", "title")
            text(shard)


def _last(row: SignalRow | None) -> None:
    with box("last"):
        if row is None:
            text("No signal yet.", "muted")
            return
        signal_head(row)
        text(f"at {row.reference}", "muted")
        for sentence in row.decision.reasons[:1]:
            text(sentence, "against", tag="p")
