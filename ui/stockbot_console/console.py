"""What every page works with, made once by main, and who is looking at a page just now."""

from dataclasses import dataclass

from nicegui import app
from pydantic import SecretStr

from stockbot.runtime.auth import Principal
from stockbot_console.board import Board
from stockbot_console.services import Services
from stockbot_console.sessions import Sessions

SESSION_KEY = "login"  # in NiceGUI's signed cookie


@dataclass(frozen=True, kw_only=True)
class Console:
    board: Board
    services: Services
    sessions: Sessions
    environment: str  # the label of the installation, such as local


@dataclass(frozen=True)
class Visitor:
    """The person in front of one page. `principal` is looked up anew at each use: a logout counts at once."""

    sessions: Sessions
    key: str | None

    @property
    def principal(self) -> Principal | None:
        return self.sessions.principal(self.key)

    @property
    def token(self) -> SecretStr | None:
        """What they act with at the other services, so that these know who it was; None while not signed in."""
        return self.sessions.token(self.key)


def visitor_of(sessions: Sessions) -> Visitor:
    """Find who asks for the page that is being built, or acts on the page in whose context this runs."""
    return Visitor(sessions, app.storage.browser.get(SESSION_KEY))
