"""A console without a browser, with everything around it that a test moves: clock, tokens, services, a simulated user.

NiceGUI reads its folder when it is first imported: the tests' conftest names one before it imports this.
"""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.testing.user import User
from nicegui.testing.user_simulation import user_simulation
from pydantic import SecretStr

from stockbot.events import Event
from stockbot.events.market import Quote
from stockbot.runtime.auth import Principal, Role
from stockbot.testing.alarms import FakeAlarms
from stockbot.testing.bookkeeper import FakeBookkeeper
from stockbot.testing.clock import FixedClock
from stockbot.testing.engine import FakeEngine
from stockbot.testing.events import market_data
from stockbot.testing.fake_service import TOKEN
from stockbot.testing.gateway import FakeGateway
from stockbot.testing.guardian import FakeGuardian
from stockbot.testing.orchestrator import FakeOrchestrator
from stockbot_console import pages
from stockbot_console.alarms import Alarms
from stockbot_console.attempts import Attempts
from stockbot_console.bookkeeper import Bookkeeper
from stockbot_console.client import Gateway, Guardian, Orchestrator
from stockbot_console.console import Console
from stockbot_console.engine import Engine
from stockbot_console.feed import follow
from stockbot_console.services import Services, board_of, watches
from stockbot_console.sessions import Sessions
from stockbot_console.state import after_tick
from stockbot_console.steward import Steward

LOOKS = 200  # at what a page shows, every 50 or 100 ms; NiceGUI's three are too few on a busy machine
PEOPLE = {
    "sbt_vera": Principal("vera", Role.VIEWER),
    "sbt_ada": Principal("ada", Role.TRADER),
    "sbt_root": Principal("root", Role.ADMIN),
}


@dataclass
class Tokens:
    """An authenticator whose tokens a test adds and takes away."""

    anonymous_role: Role | None = Role.VIEWER
    known: dict[str, Principal] = field(default_factory=lambda: dict(PEOPLE))

    def authenticate(self, token: str) -> Principal | None:
        return self.known.get(token)


@dataclass(frozen=True)
class Brought:
    """A reader of the bus that has these events."""

    events: Sequence[Event]

    async def read(self) -> Sequence[Event]:
        return self.events


@dataclass
class Desk:
    console: Console
    clock: FixedClock
    tokens: Tokens
    user: User

    def tick(self, *quotes: Quote) -> None:
        board = self.console.board
        board.change(after_tick(board.state, market_data(quotes=quotes), self.clock.now()))
        board.publish()

    async def bring(self, *events: Event) -> None:
        """Let the bus bring these events."""
        await follow(Brought(events), self.console.board)
        self.console.board.publish()

    async def ask(self) -> None:
        """Let the console ask every service once."""
        for _, step in watches(self.console.services, self.console.board):
            await step()
        self.console.board.publish()

    async def sign_in(self, token: str = "sbt_ada", redirect_to: str = "/providers") -> tuple[int, str]:  # noqa: S107 - a test's
        """Answer the login's form; give the status and where it leads."""
        form = {"token": token, "redirect_to": redirect_to}
        answer = await self.user.http_client.post("/login", data=form)
        return answer.status_code, answer.headers["location"]

    async def answer(self, button: str, answers: dict[str, Any]) -> None:
        """Press a button of the page and send the dialog's form."""
        await self.user.should_see(marker=button)
        self.user.find(marker=button).click()
        await self.user.should_see(marker="confirmation")
        self.user.find(marker="confirmation").trigger("submit", answers)

    @property
    def grid(self) -> ui.aggrid:
        return self.user.find(ui.aggrid).elements.pop()


@asynccontextmanager
async def open_desk(
    gateway: FakeGateway,
    orchestrator: FakeOrchestrator | None = None,
    guardian: FakeGuardian | None = None,
    engine: FakeEngine | None = None,
    bookkeeper: FakeBookkeeper | None = None,
    alarms: FakeAlarms | None = None,
    *,
    steward: Steward | None = None,
) -> AsyncIterator[Desk]:
    """Open a console that asks these services; those that are not given, the platform does not have."""
    modules = dict(sys.modules)  # NiceGUI's simulation forgets the modules of the pages afterwards
    clock, tokens, key = FixedClock(), Tokens(), SecretStr(TOKEN)
    services = Services(
        gateway=Gateway(gateway.url, key),
        orchestrator=Orchestrator(orchestrator.url, key) if orchestrator else None,
        guardian=Guardian(guardian.url, key) if guardian else None,
        engine=Engine(engine.url, key) if engine else None,
        bookkeeper=Bookkeeper(bookkeeper.url, key) if bookkeeper else None,
        alarms=Alarms(alarms.url, key) if alarms else None,
        steward=steward,
    )
    sessions = Sessions(tokens, clock, timedelta(hours=12))
    console = Console(board=board_of(services, clock), services=services, sessions=sessions, environment="test")
    async with user_simulation() as user:
        pages.register(console, Attempts(clock))
        yield Desk(console, clock, tokens, _patient(user))
    for service in services:
        await service.close()
    sys.modules.update(modules)


def _patient(user: User) -> User:
    user.should_see = partial(user.should_see, retries=LOOKS)  # type: ignore[method-assign] # theirs makes the user
    user.should_not_see = partial(user.should_not_see, retries=LOOKS)  # type: ignore[method-assign] # as above
    return user
