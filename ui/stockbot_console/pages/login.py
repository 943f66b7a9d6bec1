"""The login page, at `/login?redirect_to=/`: a form like any form of the web. `login.py` takes its answer."""

from nicegui import ui

from stockbot_console.components.elements import box, text
from stockbot_console.components.header import brand
from stockbot_console.console import Console
from stockbot_console.pages.frame import head
from stockbot_console.redirects import safe_target

PROBLEMS = {
    "unknown": "This token is not known here.",
    "wait": "Too many attempts. Wait a minute, then try again.",
}


def register(console: Console) -> None:
    @ui.page("/login", title="Sign in \N{MIDDLE DOT} Stockbot")
    def login(redirect_to: str = "/", problem: str = "") -> None:
        ui.dark_mode(value=True)
        head(dark=True, now=console.board.clock.now())
        with box("door", tag="main"), box("panel", tag="form", method="post", action="/login"):
            brand()
            box(tag="input", type="hidden", name="redirect_to", value=safe_target(redirect_to))
            with box(tag="label"):
                text("Token", tag="span")
                box(tag="input", type="password", name="token", required="", autofocus="", autocomplete="off")
            if problem in PROBLEMS:
                text(PROBLEMS[problem], "problem").props["role"] = "alert"
            with box(tag="button", type="submit"):
                text("Sign in", tag="span")
            with box("muted", tag="p"):
                text("stockbot up", tag="code")
                text(" prints a token. On a cluster, ask whoever keeps the tokens file.", tag="span")
