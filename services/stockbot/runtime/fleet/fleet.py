"""What the console and the command line need of a place that runs services, and what a person may change there."""

from dataclasses import dataclass
from typing import Protocol

from stockbot.fleet import Happening, Instance, Service


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a person asks of one service, and why: exactly one of `suspend`, `replicas` and `restart` is set."""

    service: str
    who: str
    why: str
    suspend: bool | None = None
    replicas: int | None = None
    restart: bool = False

    @property
    def words(self) -> str:
        """Name the change for the audit log: `restart`, `suspend`, `resume`, `scale to 3`."""
        if self.replicas is not None:
            return f"scale to {self.replicas}"
        if self.suspend is not None:
            return "suspend" if self.suspend else "resume"
        return "restart"


class Fleet(Protocol):
    """Every question raises a StockbotError with what was wrong and what would be right, or ConfigurationError."""

    @property
    def place(self) -> str:
        """Where these services run, for a heading."""

    @property
    def is_cluster(self) -> bool:
        """Whether services can be suspended and scaled, and have events."""

    async def services(self) -> tuple[Service, ...]:
        """Every service, in the order in which they are shown."""

    async def instances(self, service: str) -> tuple[Instance, ...]:
        """What runs for it."""

    async def happenings(self, service: str) -> tuple[Happening, ...]:
        """What happened to it lately, the newest first."""

    async def change(self, change: Change) -> None:
        """Ask for it; returns once it was taken on, not once it is done."""

    async def close(self) -> None:
        """Let go of connections."""


def printable(text: str) -> str:
    """Replace control characters: what a person typed, and what a cluster says, is shown on terminals."""
    return "".join(char if char.isprintable() else " " for char in text)
