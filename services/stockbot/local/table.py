"""What a person sees of the platform: rows out of states, and states in words. Pure; used by the display."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten

from rich.table import Table
from rich.text import Text

from stockbot.local.states import IDLE, Phase, State

STYLES = {
    Phase.NOT_BUILT: "dim",
    Phase.SUSPENDED: "dim",
    Phase.WAITING: "dim",
    Phase.STARTING: "yellow",
    Phase.READY: "green",
    Phase.NOT_READY: "yellow",
    Phase.STOPPING: "yellow",
    Phase.BACKING_OFF: "red",
}
MARKS = {
    Phase.NOT_BUILT: "·",
    Phase.SUSPENDED: "·",
    Phase.WAITING: "…",
    Phase.STARTING: "…",
    Phase.READY: "✓",
    Phase.NOT_READY: "!",
    Phase.STOPPING: "…",
    Phase.BACKING_OFF: "✗",
}
LONGEST_STATE = 100  # characters; all of it is in the service's own /readyz
MINUTE, HOUR, DAY = 60, 3600, 86400


@dataclass(frozen=True)
class Row:
    service: str
    url: str
    phase: Phase
    state: str
    uptime: str
    restarts: str


def rows(urls: Mapping[str, str], states: Mapping[str, State], *, now: float) -> list[Row]:
    """One row for each service, in the order of `urls`; `now` in monotonic seconds."""
    return [row(name, url, states[name], now=now) for name, url in urls.items()]


def row(name: str, url: str, state: State, *, now: float) -> Row:
    return Row(
        service=name,
        url="" if state.phase in IDLE else url,
        phase=state.phase,
        state=shorten(describe(state, now=now), LONGEST_STATE, placeholder=" ..."),
        uptime=duration(now - state.started_at) if state.runs else "",
        restarts="" if state.phase in IDLE else str(state.restarts),
    )


def describe(state: State, *, now: float) -> str:
    """Put the state in words: `not ready: no quote yet`, `crashed twice (exit code 1), restarting in 4 s`."""
    if state.phase is not Phase.BACKING_OFF:
        return f"{state.phase}: {state.reason}" if state.reason else str(state.phase)
    pause = max(0, round(state.retry_at - now))
    return f"{crash_words(state)}, restarting in {pause} s"


def change(before: State, after: State) -> str:
    """Put what is new in one line; empty where there is nothing that a person has to read again."""
    if after.phase is Phase.BACKING_OFF:
        return f"{crash_words(after)}, restarting" if after.crashes != before.crashes or before.runs else ""
    return "" if (before.phase, before.reason) == (after.phase, after.reason) else describe(after, now=0.0)


def crash_words(state: State) -> str:
    """`crashed twice (exit code 1)`."""
    times = {1: "", 2: " twice"}.get(state.crashes, f" {state.crashes} times")
    return f"crashed{times} ({state.reason})"


def duration(seconds: float) -> str:
    """Two units at most: `8s`, `3m 5s`, `2h 10m`, `4d 1h`."""
    whole = int(seconds)
    if whole < MINUTE:
        return f"{whole}s"
    for large, small, names in ((DAY, HOUR, "dh"), (HOUR, MINUTE, "hm"), (MINUTE, 1, "ms")):
        if whole >= large:
            return f"{whole // large}{names[0]} {whole % large // small}{names[1]}"
    raise AssertionError(whole)


def table(content: Sequence[Row]) -> Table:
    """Draw the rows for a terminal of 80 columns or more; colour is never the only sign of a state."""
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    drawn.add_column("Service", no_wrap=True)
    drawn.add_column("URL", no_wrap=True)
    drawn.add_column("State", ratio=1)
    drawn.add_column("Up", no_wrap=True, justify="right")
    drawn.add_column("Restarts", no_wrap=True, justify="right")
    for one in content:
        state = Text(f"{MARKS[one.phase]} {one.state}", style=STYLES[one.phase])
        drawn.add_row(one.service, one.url, state, one.uptime, one.restarts)
    return drawn
