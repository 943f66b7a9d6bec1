"""What all pages share: the guard at the door, the header, and the board's views for as long as a page is open."""

import json
from collections.abc import Callable, Collection
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import quote

from nicegui import Client, app, ui
from starlette.responses import RedirectResponse

from stockbot_console import theme
from stockbot_console.assets import asset
from stockbot_console.components.dialogs import dialogs
from stockbot_console.components.header import Header
from stockbot_console.console import Console, visitor_of
from stockbot_console.view import View
from stockbot_console.view_models.ages import epoch_milliseconds

Build = Callable[..., Any]


def guarded(console: Console, path: str, title: str) -> Callable[[Build], Build]:
    """Register a page for whoever has a role at all; everybody else is led to the login and back."""

    def register(build: Build) -> Build:
        @wraps(build)
        def page(**arguments: object) -> object:
            if visitor_of(console.sessions).principal is None:
                return RedirectResponse(login_path(ui.context.client), status_code=303)
            return build(**arguments)

        return ui.page(path, title=f"{title} \N{MIDDLE DOT} Stockbot")(page)

    return register


def login_path(client: Client) -> str:
    """Make the address of the login that leads back to the page of `client`."""
    url = client.request.url
    back = f"{url.path}?{url.query}" if url.query else url.path
    return f"/login?redirect_to={quote(back, safe='')}"


class Frame:
    """The page around its content: make it first, then the content, then `follow`."""

    def __init__(self, console: Console, *, here: str) -> None:
        self.view = console.board.view
        self._console = console
        self.visitor = visitor_of(console.sessions)
        principal = self.visitor.principal
        assert principal is not None  # noqa: S101 - the guard has let this visitor in
        self.dark = ui.dark_mode(value=app.storage.user.get("dark", True))
        head(dark=bool(self.dark.value), now=console.board.clock.now(), symbols=self.view.rows)
        self._header = Header(self.view, principal, here=here, environment=console.environment, dark=self.dark)
        self.role = principal.role
        dialogs()

    def follow(self, *shows: Callable[[View], None]) -> None:
        """Show each view in the header and give it to `shows` while a browser is connected, first that of now."""
        client = ui.context.client

        def show_all(view: View) -> None:
            if not self._may_stay(client):
                return
            for show in (self._header.show, *shows):
                show(view)

        _while_connected(client, self._console, show_all)

    def _may_stay(self, client: Client) -> bool:
        """Tell whether the visitor is still who the page was made for; if not, lead them away from it."""
        principal = self.visitor.principal
        if principal is not None and principal.role is self.role:
            return True
        client.open(login_path(client))
        return False


def _while_connected(client: Client, console: Console, show: Callable[[View], None]) -> None:
    leave: list[Callable[[], None]] = []

    def arrived() -> None:
        if not leave:
            leave.append(console.board.subscribe(show))
        show(console.board.view)

    def left() -> None:
        if not client.has_socket_connection:
            while leave:
                leave.pop()()

    client.on_connect(arrived)
    client.on_disconnect(left)


def head(*, dark: bool, now: datetime, symbols: Collection[str] = ()) -> None:
    """Give the page its colours before anything is painted, and what its script needs to know."""
    known = json.dumps(list(symbols)).replace("<", "\\u003c")
    ui.add_head_html(
        f"<style>{theme.first_paint(dark=dark)} {theme.style_sheet()}</style>"
        f'<meta name="console-time" content="{epoch_milliseconds(now)}">'
        f'<script type="application/json" id="symbols">{known}</script>'
        f'<link rel="stylesheet" href="{asset("console.css")}"><link rel="stylesheet" href="{asset("trading.css")}">'
        f'<link rel="stylesheet" href="{asset("desk.css")}"><link rel="stylesheet" href="{asset("services.css")}">'
        f'<script src="{asset("console.js")}"></script><script src="{asset("desk.js")}"></script>'
    )
