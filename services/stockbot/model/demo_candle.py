"""The fast part of the demo market: how one candle is split into the shorter candles inside it.

A parent is given. Its children start at its open, end at its close, reach its high and low and share its
volume, so every interval agrees with every other, whichever is asked for first. The path between is a
Brownian bridge folded into the parent's range. How variance is shared is a multiplicative cascade (Mandelbrot
1974): it makes calm and wild stretches follow one another.
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise

from msgspec import Struct

from stockbot.model.hashed_noise import Noise

LEAP_CHANCE = 1 / 64
LEAP = 3.0  # a rare step is this much larger: news
OVERSHOOT = 0.8  # at most; a Brownian path goes 0.4 deviations beyond each of its ends on average


class Candle(Struct, frozen=True, gc=False):
    """Prices over [start, end) in seconds since 1970; `traded` are the session's shares before `start`."""

    start: int
    end: int
    open: float
    high: float
    low: float
    close: float
    deviation: float  # the expected size of close - open
    volume: int
    traded: int


def split(parent: Candle, edges: Sequence[int], busyness: Sequence[float], noises: Sequence[Noise]) -> list[Candle]:
    """Return the children between `edges`; `busyness` weighs each one's share of variance and volume."""
    shares = _shares(edges, busyness, noises)
    knots = _bridge(parent, shares, noises)
    return _children(parent, edges, shares, knots, _ranges(parent, knots, shares, noises))


def split_finest(
    parent: Candle, edges: Sequence[int], busyness: Sequence[float], noises: Sequence[Noise]
) -> list[Candle]:
    """As `split`, into three or more straight children: the parent's high and low are knots between them."""
    shares = _shares(edges, busyness, noises)
    knots = _pin(_bridge(parent, shares, noises), parent)
    return _children(parent, edges, shares, knots, [(max(ends), min(ends)) for ends in pairwise(knots)])


def _shares(edges: Sequence[int], busyness: Sequence[float], noises: Sequence[Noise]) -> list[float]:
    weights = [
        (end - start) * busy * (0.5 + drawn.first) ** 2
        for (start, end), busy, drawn in zip(pairwise(edges), busyness, noises, strict=True)
    ]
    whole = sum(weights)
    return [weight / whole for weight in weights]


def _bridge(parent: Candle, shares: Sequence[float], noises: Sequence[Noise]) -> list[float]:
    """Return the prices at the edges: the parent's open and close, and a folded walk between them."""
    steps = [
        drawn.normal * (LEAP if drawn.fourth < LEAP_CHANCE else 1.0) * parent.deviation * share**0.5
        for drawn, share in zip(noises, shares, strict=True)
    ]
    missing = parent.close - parent.open - sum(steps)
    walked = accumulate(step + missing * share for step, share in zip(steps, shares, strict=True))
    inner = [_fold(parent.open + way, parent.low, parent.high) for way in walked][:-1]
    return [parent.open, *inner, parent.close]


def _fold(price: float, low: float, high: float) -> float:
    """Reflect at both ends of the range as often as it takes."""
    width = high - low
    if width <= 0:
        return low
    beyond = (price - low) % (2 * width)
    return min(high, low + (beyond if beyond <= width else 2 * width - beyond))


def _ranges(
    parent: Candle, knots: Sequence[float], shares: Sequence[float], noises: Sequence[Noise]
) -> list[tuple[float, float]]:
    """Return each child's high and low; the highest and the lowest child reach those of the parent."""
    tops, bottoms = [], []
    for ends, share, drawn in zip(pairwise(knots), shares, noises, strict=True):
        reach = OVERSHOOT * parent.deviation * share**0.5
        tops.append(min(parent.high, max(ends) + reach * drawn.second))
        bottoms.append(max(parent.low, min(ends) - reach * drawn.third))
    tops[tops.index(max(tops))] = parent.high
    bottoms[bottoms.index(min(bottoms))] = parent.low
    return list(zip(tops, bottoms, strict=True))


def _pin(knots: list[float], parent: Candle) -> list[float]:
    inner = range(1, len(knots) - 1)
    highest = max(inner, key=knots.__getitem__)
    lowest = min((n for n in inner if n != highest), key=knots.__getitem__)
    knots[highest], knots[lowest] = parent.high, parent.low
    return knots


def _children(
    parent: Candle,
    edges: Sequence[int],
    shares: Sequence[float],
    knots: Sequence[float],
    ranges: Sequence[tuple[float, float]],
) -> list[Candle]:
    traded = _traded(parent, shares)
    return [
        Candle(
            start=edges[n],
            end=edges[n + 1],
            open=knots[n],
            high=ranges[n][0],
            low=ranges[n][1],
            close=knots[n + 1],
            deviation=parent.deviation * share**0.5,
            volume=traded[n + 1] - traded[n],
            traded=parent.traded + traded[n],
        )
        for n, share in enumerate(shares)
    ]


def _traded(parent: Candle, shares: Sequence[float]) -> list[int]:
    """Return the whole shares traded in the parent before each edge: from 0 to its volume."""
    reached = [int(parent.volume * share) for share in accumulate(shares)]
    return [0, *reached[:-1], parent.volume]
