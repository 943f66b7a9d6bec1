"""One service, at `/services/{name}`: what runs for it, what the operator says, what happened, and what may be done."""

import asyncio

from nicegui import background_tasks, ui
from nicegui.element import Element

from stockbot.fleet import Service
from stockbot_console.answers import Failure, known
from stockbot_console.components.elements import age, box, link, text
from stockbot_console.components.excuse import excuse
from stockbot_console.components.keyed import Keyed
from stockbot_console.components.service_actions import ServiceActions
from stockbot_console.components.service_panels import happening_panel, instance_panel, statement_panel
from stockbot_console.console import Console
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.pages.services import NOBODY, Trouble
from stockbot_console.steward import Steward
from stockbot_console.view import View
from stockbot_console.view_models.service_questions import service_actions
from stockbot_console.view_models.services import (
    HappeningRow,
    InstanceRow,
    StatementRow,
    happening_rows,
    instance_row,
    service_row,
    statement_row,
)

LOOK_SECONDS = 10.0  # a change of the service itself is looked into at once


def register(console: Console) -> None:
    @guarded(console, "/services/{name}", "Service")
    def service(name: str) -> None:
        ui.page_title(f"{name} \N{MIDDLE DOT} Stockbot")
        frame = Frame(console, here="Services")
        steward = console.services.steward
        with box("page", tag="main"):
            link("\N{LEFTWARDS ARROW} Services", "/services", "muted")
            if steward is None:
                excuse("Nobody says how the services stand", NOBODY)
                return frame.follow()
            page = ServicePage(console, frame, steward, name)
        page.show(frame.view)
        ui.timer(LOOK_SECONDS, page.look)
        return frame.follow(page.show)


class ServicePage:
    """What the board shows of the service, beside its pods and events, asked for again as soon as it changes."""

    def __init__(self, console: Console, frame: Frame, steward: Steward, name: str) -> None:
        self._console, self._steward, self._name = console, steward, name
        self._shown: Service | Failure | None = None
        self._actions = ServiceActions(console, frame.visitor, frame.role)
        self._actions.note()
        self._trouble = Trouble()
        self._head = Keyed[Service | Failure](box("stack"), self._build_head)
        with box("columns even" if steward.is_cluster else "stack"):
            with box("column"):
                self._instances = Keyed[tuple[InstanceRow, ...] | Failure](box(), self._build_instances)
                self._statements = Keyed[tuple[StatementRow, ...]](box(), statement_panel)
            with box("column"):
                self._happenings = Keyed[tuple[HappeningRow, ...] | Failure](box(), happening_panel)

    def show(self, view: View) -> None:
        assert view.standings is not None  # noqa: S101 - the page is there for these
        found = self._find(view)
        if found != self._shown:
            self._shown = found
            background_tasks.create(self.look())
        self._trouble.show(None if isinstance(found, Failure) else view.standings.trouble)
        self._head.show({"": found})
        statements = () if isinstance(found, Failure) else found.statements
        rows = tuple(statement_row(one, view.zone) for one in statements)
        self._statements.show({"": rows} if rows else {})

    async def look(self) -> None:
        """Ask what runs for it and what happened to it."""
        instances, happenings = await asyncio.gather(
            self._steward.instances(self._name), self._steward.happenings(self._name)
        )
        zone = self._console.board.view.zone
        rows = tuple(instance_row(one, zone) for one in known(instances))
        self._instances.show({"": instances if isinstance(instances, Failure) else rows})
        if self._steward.is_cluster:
            told = tuple(happening_rows(known(happenings), zone).values())
            self._happenings.show({"": happenings if isinstance(happenings, Failure) else told})

    def _find(self, view: View) -> Service | Failure:
        assert view.standings is not None  # noqa: S101 - the page is there for these
        services = view.standings.services
        found = next((one for one in services if one.name == self._name), None)
        if found is not None:
            return found
        if view.standings.trouble is not None:
            return view.standings.trouble
        names = ", ".join(one.name for one in services) or "none"
        return Failure(reason=f"{self._name} is not a service here.", remedy=f"There are: {names}.")

    def _build_instances(self, rows: tuple[InstanceRow, ...] | Failure) -> Element:
        return instance_panel("Pods" if self._steward.is_cluster else "Processes", rows)

    def _build_head(self, service: Service | Failure) -> Element:
        if isinstance(service, Failure):
            return excuse("No such service to show", service)
        row = service_row(service, self._console.board.view.zone)
        facts = {"Type": row.kind, "Ready": row.replicas, "Endpoint": row.endpoint, **dict(row.facts)}
        with box("panel card service", tag="section") as element:
            with box("top"):
                text(row.key, tag="h1")
                text(row.word, f"badge {row.level}", tag="span")
                box("spring")
                self._actions.buttons(row.key, service_actions(service, is_cluster=self._steward.is_cluster))
            if row.reason:
                text(row.reason, f"reason {row.tone}", tag="p")
            with box("rows"):
                for title, value in facts.items():
                    if value:
                        text(title, "title")
                        text(value, "error")
                if row.since is not None:
                    text("Age", "title")
                    age(row.since.at, row.since.exact)
        return element
