"""Noise that is a function of a name alone: the same in every process, on every machine, in any order.

The demo market draws all its randomness from here, so it needs neither state nor a sequence of calls.
"""

import struct
from hashlib import blake2b
from math import floor

from msgspec import Struct

_UNPACK = struct.Struct("<8H").unpack
_SIDES = 65536  # of each of the eight dice
_MEAN = 2 * (_SIDES - 1)
_DEVIATION = _SIDES / 3**0.5  # of the sum of four dice: each has a variance of _SIDES**2 / 12


class Noise(Struct, frozen=True, gc=False):
    """Independent draws: `normal` has mean 0, deviation 1 and ends at 3.5; the others are even in [0, 1)."""

    normal: float
    first: float
    second: float
    third: float
    fourth: float


def noise(key: str) -> Noise:
    a, b, c, d, e, f, g, h = _UNPACK(blake2b(key.encode(), digest_size=16).digest())
    return Noise((a + b + c + d - _MEAN) / _DEVIATION, e / _SIDES, f / _SIDES, g / _SIDES, h / _SIDES)


def wave(key: str, at: float) -> float:
    """Return value noise in [-1, 1]: one hashed value at every whole number, straight in between."""
    before = floor(at)
    left, right = (2 * noise(f"{key}/{n}").first - 1 for n in (before, before + 1))
    return left + (right - left) * (at - before)
