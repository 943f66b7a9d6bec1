"""What every service's API may answer, and what the gateway's does, decoded at this edge.

Used by the client, the state and the view models.
"""

from datetime import datetime
from typing import Literal, TypeVar

from msgspec import Struct

T = TypeVar("T")


class Allowance(Struct, frozen=True, kw_only=True):
    """How much of a budget is used: `used` of `limit` requests in the running minute or day."""

    limit: int
    used: int


class Budget(Struct, frozen=True, kw_only=True):
    per_minute: Allowance | None = None
    per_day: Allowance | None = None


class ShardHealth(Struct, frozen=True, kw_only=True):
    """How one shard of the gateway fares with a provider; unknown where it says nothing."""

    shard: int
    state: Literal["healthy", "degraded", "down", "unknown"]
    last_error: str | None = None


class Provider(Struct, frozen=True, kw_only=True):
    """The health of one source of prices, the worst of all shards; times in UTC."""

    name: str
    type: str
    simulated: bool
    label: str
    state: Literal["healthy", "degraded", "down"]
    breaker: Literal["closed", "open", "half-open"]
    last_success: datetime | None = None
    last_error: str | None = None
    last_error_at: datetime | None = None
    budget: Budget = Budget()
    symbol_sets: tuple[str, ...] = ()
    shards: tuple[ShardHealth, ...] = ()


class Listing(Struct, frozen=True, kw_only=True):
    """A symbol of the gateway and the exchange whose sessions count for it."""

    symbol: str
    exchange: str


class Failure(Struct, frozen=True, kw_only=True):
    """Why there is no answer, in words for a person: what happened, and what to do about it."""

    reason: str
    remedy: str


def known(answer: tuple[T, ...] | Failure) -> tuple[T, ...]:
    """What was answered; nothing where no answer could be had."""
    return () if isinstance(answer, Failure) else answer


class Reach(Struct, frozen=True, kw_only=True):
    """How a service answered the last time it was asked, UTC."""

    answers: bool
    ready: bool
    reasons: tuple[str, ...] = ()
    asked_at: datetime
