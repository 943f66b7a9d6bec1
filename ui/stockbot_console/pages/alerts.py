"""Alerts, at `/alerts?state=all&severity=critical`: the inbox, silences, the channels with a test, and the watchdog."""

import asyncio
from functools import partial

from nicegui import background_tasks, ui
from nicegui.element import Element

from stockbot_console.alert_acts import AlertActs
from stockbot_console.answers import Failure, known
from stockbot_console.components.alert_list import AlertItem
from stockbot_console.components.confirmation import Confirmation
from stockbot_console.components.elements import box, text
from stockbot_console.components.excuse import absent, excuse
from stockbot_console.components.filters import choices
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.signal_list import moment_ago
from stockbot_console.console import Console
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.view import View
from stockbot_console.view_models.alert_routes import (
    ChannelRow,
    SilenceRow,
    WatchedRow,
    channel_rows,
    silence_rows,
    watched_rows,
)
from stockbot_console.view_models.alerts import STATES, AlertRow, Wanted, alert_rows, wanted_of
from stockbot_console.view_models.bell import GRAVITY

TITLE = "Alerts"
DOCUMENT = """\
apiVersion: stockbot.dev/v1alpha1
kind: TradingService
metadata: {name: alert-manager}
spec:
  type: AlertManager"""
LOOK_SECONDS = 4.0
QUIET = {
    "open": "Nothing is open. Choose All to see what was.",
    "acknowledged": "Nothing is acknowledged and still going on.",
    "resolved": "Nothing was resolved yet.",
    "all": "There was no alert yet.",
}


def register(console: Console) -> None:
    @guarded(console, "/alerts", TITLE)
    def alerts(state: str = "", severity: str = "") -> None:
        frame = Frame(console, here=TITLE)
        with box("page", tag="main"):
            if console.services.alarms is None:
                text(TITLE, "heading", tag="h1")
                absent("Alert Manager", DOCUMENT)
                return frame.follow()
            page = AlertsPage(console, frame, wanted_of(state, severity))
        ui.timer(0, page.look, once=True)
        ui.timer(LOOK_SECONDS, page.look)
        return frame.follow(page.show)


class AlertsPage:
    """Asks for the alerts that its address names, and again as soon as the bell's number changes."""

    def __init__(self, console: Console, frame: Frame, wanted: Wanted) -> None:
        self._console = console
        self._wanted = wanted
        self._bell = frame.view.bell
        self._acts = AlertActs(console, frame.visitor, self.look)
        self._confirmation = Confirmation()
        item = AlertItem(self._acts, self._confirmation, frame.role)
        self._may_act = item.may_act
        with box("page-head"):
            text(TITLE, tag="h1")
        item.note()
        with box("columns inbox-columns"):
            with box("panel inbox", tag="section"):
                self._toolbar()
                self._none = text("Loading", "muted none")
                self._trouble = text("", "problem trouble")
                self._alerts = Keyed[AlertRow](box("list"), item.build)
            with box("column"):
                self._channels = Keyed[tuple[ChannelRow, ...] | Failure](box(), self._build_channels)
                self._watched = Keyed[tuple[WatchedRow, ...] | Failure](box(), _watched)
                self._silences = Keyed[tuple[SilenceRow, ...]](box(), self._build_silences)

    def show(self, view: View) -> None:
        if view.bell != self._bell:
            self._bell = view.bell
            background_tasks.create(self.look())

    async def look(self) -> None:
        """Ask for the alerts, the silences, the channels, and what the watchdog sees."""
        alarms, zone = self._console.services.alarms, self._console.board.view.zone
        assert alarms is not None  # noqa: S101 - without it this page is not made
        found, silences, channels, watched = await asyncio.gather(
            alarms.last_alerts(self._wanted.state, self._wanted.severity),
            alarms.silences(),
            alarms.channels(),
            alarms.watched(),
        )
        rows = alert_rows(known(found), zone)
        self._trouble.set_text(f"{found.reason} {found.remedy}".strip() if isinstance(found, Failure) else "")
        self._none.set_text(QUIET[self._wanted.state])
        self._none.set_visibility(not rows and not isinstance(found, Failure))
        self._alerts.show(rows)
        now = self._console.board.clock.now()
        self._channels.show(
            {"": channels if isinstance(channels, Failure) else tuple(channel_rows(channels, now, zone).values())}
        )
        self._watched.show(
            {"": watched if isinstance(watched, Failure) else tuple(watched_rows(watched, zone).values())}
        )
        self._silences.show({"": tuple(silence_rows(known(silences), zone).values())})

    def _toolbar(self) -> None:
        wanted = self._wanted
        with box("toolbar"):
            choices(((one.capitalize(), wanted.address(state=one), one == wanted.state) for one in STATES), "State")
            box("spring")
            severities = (("Any", ""), *((one.capitalize(), one) for one in reversed(GRAVITY)))
            choices(
                ((title, wanted.address(severity=one), one == wanted.severity) for title, one in severities), "Severity"
            )

    def _build_channels(self, rows: tuple[ChannelRow, ...] | Failure) -> Element:
        if isinstance(rows, Failure):
            return excuse("The channels are not known", rows)
        with box("panel side", tag="section") as element:
            with box("toolbar"):
                text("Channels", tag="h2")
            if not rows:
                text("Nobody is told. Name a channel under spec.alertManager.channels.", "muted none")
            for row in rows:
                with box("side-row"):
                    with box("head"):
                        text(row.key, tag="span")
                        text(row.kind, "muted", tag="span")
                        text(row.word, f"badge {row.level}", tag="span")
                        box("spring")
                        if self._may_act:
                            self._test_button(row.key)
                    with box("told"):
                        text(row.note or ("last told" if row.last else "nothing was sent yet"), "muted", tag="span")
                        moment_ago(row.last)
        return element

    def _test_button(self, channel: str) -> None:
        test = partial(self._test, channel)
        with box("plain small", tag="button", type="button").mark(f"test-{channel}").on("click", test, args=[]):
            text("Test", tag="span")

    async def _test(self, channel: str) -> None:
        answer = await self._acts.test(channel)
        if isinstance(answer, Failure):
            told = f"{answer.reason} {answer.remedy}".strip()
        elif answer.delivered:
            told = f"{channel} has delivered the test."
        else:
            told = f"{channel} has not delivered the test: {answer.reason or 'no reason was given'}"
        ui.notify(told, position="bottom-left", classes="told-so")

    def _build_silences(self, rows: tuple[SilenceRow, ...]) -> Element:
        with box("panel side", tag="section") as element:
            with box("toolbar"):
                text("Silences", tag="h2")
            if not rows:
                text("Nothing is silenced.", "muted none")
            for row in rows:
                self._silence(row)
        return element

    def _silence(self, row: SilenceRow) -> None:
        with box("side-row"):
            with box("head"):
                text(row.what, "error", tag="span")
                box("spring")
                if self._may_act:
                    ask = partial(self._confirmation.ask, row.end, partial(self._acts.end_silence, row.key))
                    with (
                        box("plain small", tag="button", type="button").on("click", ask, args=[]).mark(f"end-{row.key}")
                    ):
                        text("End", tag="span")
            text(" \N{MIDDLE DOT} ".join(part for part in (row.until_text, row.who, row.reason) if part), "muted")


def _watched(rows: tuple[WatchedRow, ...] | Failure) -> Element:
    if isinstance(rows, Failure):
        return excuse("What the watchdog sees is not known", rows)
    with box("panel side", tag="section") as element:
        with box("toolbar"):
            text("Watchdog", tag="h2")
            text("asks each service, and hears its sign of life", "muted")
        for row in rows:
            with box("side-row"):
                with box("head"):
                    text(row.key, tag="span")
                    text(row.word, f"badge {row.level}", tag="span")
                    box("spring")
                    moment_ago(row.since)
                if row.reason:
                    text(row.reason, "muted")
    return element
