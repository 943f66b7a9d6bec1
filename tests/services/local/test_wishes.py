"""Restarts that people at the console ask for."""

from collections.abc import Callable

from stockbot.local.supervisor import Supervisor
from stockbot.local.units import units
from stockbot.local.wishes import grant
from stockbot.runtime.fleet.report import Wish
from stockbot.spec import TradingService
from stockbot.testing.clock import START, FixedClock

MakeDocument = Callable[..., TradingService]


class Restarts(Supervisor):
    """Remembers what it was asked; knows nothing of `ui`."""

    def __init__(self) -> None:
        super().__init__([], clock=FixedClock(), draw=lambda: 0.0, report=lambda *_: None)
        self.asked: list[tuple[str, str]] = []

    def restart(self, name: str, reason: str) -> bool:
        self.asked.append((name, reason))
        return name != "ui"


def test_every_shard_of_the_service_is_restarted(make_document: MakeDocument) -> None:
    """And nothing else; who asked and why is its reason, without control characters."""
    found = units(
        [make_document("gateway", "MarketDataGateway", replicas=2), make_document("ui", "Dashboard")],
        port_offset=0,
        free_port=lambda: 1,
        is_built=lambda _: True,
    )
    supervisor, said = Restarts(), list[str]()
    wishes = [Wish(restart=name, who="ada", why="slow\x1b[2J", at=START) for name in ("gateway", "ui", "no\x07ne")]
    grant(wishes, found, supervisor, said.append)
    reason = "ada asked for a restart: slow [2J"
    assert supervisor.asked == [("gateway", reason), ("gateway/1", reason), ("ui", reason)]
    assert said == [f"ui: {reason}; nothing of that name runs now", f"no ne: {reason}; nothing of that name runs now"]
