"""Shows a person what the platform does: a live table in a terminal, plain lines elsewhere.

Used by `stockbot up`.
"""

from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from stockbot.local.children import Child
from stockbot.local.logs import last_lines
from stockbot.local.states import Phase, State
from stockbot.local.table import STYLES, change, rows, table

HINT = "Ctrl-C stops everything"


class Display:
    """A live table until `settle`, from then on one line for each change. Not live: lines from the start."""

    def __init__(self, console: Console, urls: Mapping[str, str], *, live: bool) -> None:
        self._console, self._urls = console, urls
        self.is_terminal = console.is_terminal
        self.settled = False
        self._live = Live(console=console, auto_refresh=False) if live and console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._freeze()

    def introduce(self, idle: Mapping[str, State]) -> None:
        """Name those that will not run; the table does so by itself."""
        for name, state in idle.items() if self._live is None else ():
            self.say(f"{name}: {state.phase}", style=STYLES[state.phase])

    def refresh(self, states: Mapping[str, State], *, now: float) -> None:
        if self._live:
            drawn = table(rows(self._urls, states, now=now))
            self._live.update(Group(drawn, Text(f"\n{HINT}", style="dim")), refresh=True)

    def settle(self, summary: Text) -> None:
        """Freeze the table and show what the person needs from now on."""
        self.settled = True
        self._freeze()
        self._console.print(summary, soft_wrap=True)

    def report(self, child: Child, before: State, after: State) -> None:
        """Tell of a change of state; of a crash loop with the end of its log."""
        line = change(before, after)
        if line and (self._live is None or after.phase is Phase.BACKING_OFF):
            self.say(f"{child.name}: {line}", style=STYLES[after.phase])
        if after.enters_crash_loop:
            self.say(f"{child.name}: its log {child.log} ends:\n{last_lines(child.log)}", style="dim")

    def say(self, line: str, style: str = "") -> None:
        time = f"{datetime.now().astimezone():%H:%M:%S} "
        self._console.print(Text(time, style="dim").append(line, style=style), soft_wrap=True)

    def _freeze(self) -> None:
        if self._live:
            self._live.stop()
            self._live = None
