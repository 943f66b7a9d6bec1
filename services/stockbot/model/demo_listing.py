"""The slow part of the demo market: what a symbol is worth over days and years, and how nervous it is.

The worth is a sum of waves, each twice as long and sqrt(2) times as high as the one before, like a random
walk seen at every scale (value noise, Perlin 1985). Unlike a random walk it is bounded, so no price drifts to
zero or explodes, and any moment can be computed without those before. Straight pieces of a wave are trends.
A seed and a volatility, the standard deviation of a year's return, make one market.
"""

from functools import lru_cache
from math import exp, log, tanh

from msgspec import Struct

from stockbot.model.hashed_noise import noise, wave

OCTAVES = 10  # the longest wave takes 512 days
ROUGHNESS = 0.7  # makes a day's move about as large as the daily volatility
LEVELS = (100.0, 450.0)  # the middle of a symbol's prices over the years lies between
FARTHEST = 2.0  # no price leaves its level by more than a factor of exp(2), however high the volatility
DAYS = 365  # in a year: the clock goes on between sessions
MARKET = "market"  # the name of the factor that all symbols share; no symbol is written in lower case


class Listing(Struct, frozen=True):
    """What stays the same about a symbol."""

    symbol: str
    level: float  # of the price, the middle over the years
    volatility: float  # of a day's return
    beta: float  # the share of the market's moves in its own
    shares: float  # traded on an ordinary day


@lru_cache(maxsize=4096)
def listing(seed: int, volatility: float, symbol: str) -> Listing:
    drawn = noise(f"{seed}/{symbol}/listing")
    low, high = LEVELS
    return Listing(
        symbol=symbol,
        level=exp(log(low) + (log(high) - log(low)) * drawn.first),
        volatility=volatility / DAYS**0.5 * (0.75 + 0.5 * drawn.second),
        beta=0.4 + 0.4 * drawn.third,
        shares=exp(log(1e6) + log(30.0) * drawn.fourth),
    )


def _drift(seed: int, name: str, days: float) -> float:
    return ROUGHNESS * sum(2 ** (k / 2) * wave(f"{seed}/{name}/{k}", days / 2**k) for k in range(OCTAVES))


@lru_cache(maxsize=4096)  # the close of one day is the opening of the next
def worth(seed: int, listed: Listing, days: float) -> float:
    """Return the price at a session's opening or close, `days` since 1970."""
    shared, own = listed.beta, (1 - listed.beta**2) ** 0.5
    drift = shared * _drift(seed, MARKET, days) + own * _drift(seed, listed.symbol, days)
    return listed.level * exp(FARTHEST * tanh(listed.volatility * drift / FARTHEST))


def nervousness(seed: int, listed: Listing, days: float) -> float:
    """Return a day's volatility as a multiple of the ordinary one, 0.5 to 2: it comes in clusters."""
    shared = wave(f"{seed}/{MARKET}/nerves", days / 30)
    own = wave(f"{seed}/{listed.symbol}/nerves", days / 6)
    return 2 ** (0.6 * shared + 0.4 * own)
