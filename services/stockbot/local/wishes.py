"""What people at the console ask of `stockbot up`: to restart a service. Used by `up`, which takes them from a folder.

Who may ask is checked in the console; here a wish is worth as much as a signal, which the same user could send as well.
"""

from collections.abc import Callable, Iterable, Sequence

from stockbot.local.supervisor import Supervisor
from stockbot.local.units import Unit
from stockbot.runtime.fleet.fleet import printable
from stockbot.runtime.fleet.report import Wish


def grant(wishes: Iterable[Wish], units: Sequence[Unit], supervisor: Supervisor, say: Callable[[str], None]) -> None:
    """Restart every process of each service that is named; say so where nothing of that name runs."""
    for wish in wishes:
        asked = printable(f"{wish.who} asked for a restart: {wish.why}")
        names = [unit.name for unit in units if unit.document.metadata.name == wish.restart]
        granted = [supervisor.restart(name, asked) for name in names]
        if not any(granted):
            say(f"{printable(wish.restart)}: {asked}; nothing of that name runs now")
