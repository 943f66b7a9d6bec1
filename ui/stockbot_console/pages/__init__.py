"""The pages of the console, one module each; `frame` is what they share. Mounted by main."""

from fastapi import FastAPI
from nicegui import app as nicegui_app
from nicegui import ui
from pydantic import SecretStr

from stockbot_console.assets import FAVICON, FOLDER, MOUNT
from stockbot_console.attempts import Attempts
from stockbot_console.console import Console
from stockbot_console.downloads import download_routes
from stockbot_console.login import login_routes
from stockbot_console.pages import (
    alerts,
    dead_letters,
    explain,
    login,
    market,
    new_order,
    order,
    orders,
    overview,
    portfolio,
    providers,
    risk,
    service,
    services,
    strategies,
    strategy,
    symbol,
)

RECONNECT_SECONDS = 30.0  # for so long a page outlives its connection; longer away, it is built anew
KEPT_MESSAGES = 200  # for a browser that reconnects

PAGES = (
    overview,
    market,
    symbol,
    strategies,
    strategy,
    orders,
    new_order,  # before the page of an order, whose address would match it too
    order,
    portfolio,
    risk,
    alerts,
    dead_letters,
    explain,
    providers,
    services,
    service,
    login,
)


def register(console: Console, attempts: Attempts) -> None:
    """Tell NiceGUI all pages and forms."""
    for page in PAGES:
        page.register(console)
    nicegui_app.include_router(download_routes(console))
    nicegui_app.include_router(login_routes(console.sessions, attempts))
    nicegui_app.add_static_files(MOUNT, FOLDER)


def mount(site: FastAPI, console: Console, attempts: Attempts, cookie_secret: SecretStr) -> None:
    """Put the pages under `site`, at its root."""
    register(console, attempts)
    ui.run_with(
        site,
        title="Stockbot",
        favicon=FAVICON,
        dark=None,
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_SECONDS,
        message_history_length=KEPT_MESSAGES,
        tailwind=False,
        show_welcome_message=False,
        storage_secret=cookie_secret.get_secret_value(),
    )
