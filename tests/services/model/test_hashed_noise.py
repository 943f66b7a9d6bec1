"""Noise without state."""

from statistics import correlation, fmean, pstdev

import pytest

from stockbot.model.hashed_noise import noise, wave


def test_noise_is_the_same_for_ever() -> None:
    """The draws of a key are fixed: another value would change every demo price of every installation."""
    drawn = noise("1/AAPL/60/1772463600")
    assert (drawn.normal, drawn.first) == pytest.approx((-2.1525890, 0.9661865), abs=1e-6)


def test_draws_have_the_promised_moments() -> None:
    """`normal` has mean 0 and deviation 1; the others are even in [0, 1) and independent of it."""
    drawn = [noise(f"key/{n}") for n in range(4000)]
    assert fmean(d.normal for d in drawn) == pytest.approx(0, abs=0.06)
    assert pstdev(d.normal for d in drawn) == pytest.approx(1, abs=0.05)
    assert fmean(d.first for d in drawn) == pytest.approx(0.5, abs=0.02)
    assert all(0 <= value < 1 for d in drawn for value in (d.first, d.second, d.third, d.fourth))
    assert correlation([d.normal for d in drawn], [d.fourth for d in drawn]) == pytest.approx(0, abs=0.06)


def test_a_wave_is_a_continuous_line_within_its_bounds() -> None:
    """A wave stays in [-1, 1], meets itself at whole numbers and is straight between them."""
    values = [wave("key", n / 10) for n in range(-200, 200)]
    assert all(-1 <= value <= 1 for value in values)
    assert wave("key", 3.0) == pytest.approx(wave("key", 3.0 - 1e-12))
    assert wave("key", 3.5) == pytest.approx((wave("key", 3.0) + wave("key", 4.0)) / 2)
