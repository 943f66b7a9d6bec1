"""What a source of prices must be able to do, and how it says that it cannot. One module beside this one per source.

ProviderError
├── ProviderUnavailable     no answer, a server error, a broken connection: try again, then the next provider
├── ProviderThrottled       the source asks for patience; `retry_after` seconds where it says how long
├── MalformedAnswer         an answer that is not what its documentation promises
├── UnsupportedRequest      the source never answers this: an interval, a range or a symbol it does not have
└── AccessRefused           a missing or wrong key: only a person can mend it
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from stockbot.errors import Unavailable
from stockbot.events.market import Adjustment, Bar, Quote


class ProviderError(Unavailable):
    """The root of what a provider raises."""


class ProviderUnavailable(ProviderError):
    pass


class ProviderThrottled(ProviderError):
    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MalformedAnswer(ProviderError):
    pass


class UnsupportedRequest(ProviderError):
    pass


class AccessRefused(ProviderError):
    pass


class QuotesAnswer(Struct, frozen=True, kw_only=True):
    """What one request brought: good quotes, and for every other symbol asked for the reason why not."""

    quotes: tuple[Quote, ...]
    refused: Mapping[str, str]


class Provider(Protocol):
    """One source of prices. Its methods raise ProviderError and nothing else; a bad symbol spoils no other."""

    @property
    def name(self) -> str:
        """The name in the document: it is the provenance of every quote."""

    @property
    def simulated(self) -> bool:
        """True where the prices are not those of a market now (demo, replay)."""

    @property
    def batch(self) -> int:
        """How many symbols one request may carry; each request costs one unit of the budget."""

    def market_time(self, now: datetime) -> datetime:
        """The time in this provider's market at `now`, UTC: the same for real ones, the replayed moment for replay."""

    def adjustments(self, symbol: str, interval: str) -> tuple[Adjustment, ...]:
        """What its bars may be adjusted for, the plainest first; empty where it has no such bars."""

    async def quotes(self, symbols: Sequence[str]) -> QuotesAnswer: ...

    async def bars(
        self, symbol: str, interval: str, start: datetime, end: datetime, adjustment: Adjustment
    ) -> tuple[Bar, ...]:
        """Bars that start in [start, end), oldest first; UnsupportedRequest where interval or adjustment is not had."""

    async def close(self) -> None: ...
