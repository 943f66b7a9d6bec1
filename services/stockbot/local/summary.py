"""What a person needs once the platform runs: addresses, folders, the token. Used by `stockbot up`."""

from collections.abc import Iterator, Mapping

from rich.text import Text

from stockbot.local.display import HINT
from stockbot.local.platform import Platform
from stockbot.local.states import IDLE, State
from stockbot.spec import ServiceType

WIDTH = 13


def summary(platform: Platform, states: Mapping[str, State], seconds: float, *, show_token: bool) -> Text:
    """Return what to show `seconds` after the start. The token belongs on a terminal, never in a file."""
    text = Text(f"\n{heading(states, seconds)}\n\n", style="bold")
    for name, value in _lines(platform, show_token=show_token):
        text.append(f"  {name:<{WIDTH}}", style="not bold dim").append(f"{value}\n", style="not bold")
    return text.append(f"\n{HINT}.", style="not bold")


def heading(states: Mapping[str, State], seconds: float) -> str:
    """Say how many of the processes are ready after so many seconds."""
    running = [state for state in states.values() if state.phase not in IDLE]
    ready = sum(state.is_settled for state in running)
    if ready == len(running):
        return f"Ready after {seconds:.1f} s."
    return f"{ready} of {len(running)} are ready after {seconds:.0f} s; the others are still tried."


def _lines(platform: Platform, *, show_token: bool) -> Iterator[tuple[str, str]]:
    for unit in platform.units:
        if not unit.is_idle and unit.type is ServiceType.DASHBOARD:
            yield "Console", unit.public_url
    yield "Bus", platform.bus_address
    yield "Data folder", str(platform.folder.root)
    yield "Logs", str(platform.folder.logs)
    yield "Admin token", _token(platform, show_token=show_token)


def _token(platform: Platform, *, show_token: bool) -> str:
    if platform.credentials.pinned:
        return "the one in STOCKBOT_ADMIN_TOKEN"
    if not show_token:
        return "shown on a terminal only; set STOCKBOT_ADMIN_TOKEN to choose it yourself"
    return platform.credentials.admin.get_secret_value()
