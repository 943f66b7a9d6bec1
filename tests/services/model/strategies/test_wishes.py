"""A wish that makes no sense cannot be made."""

from collections.abc import Callable
from typing import Any

import pytest

from stockbot.model.strategies.wishes import Enter, Exit, Target

NAN = float("nan")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Target(fraction=1.1, reason=""), "from -1 to 1"),
        (lambda: Target(fraction=NAN, reason=""), "fraction must be a finite number"),
        (lambda: Target(fraction=1, reason="", band=-0.1), "band must be 0 or more"),
        (lambda: Target(fraction=1, reason="", band=NAN), "band must be a finite number"),
        (lambda: Target(fraction=1, reason="", indicators={"rsi": NAN}), "rsi must be a finite number"),
        (lambda: Enter(fraction=0, reason=""), "not 0"),
        (lambda: Enter(fraction=-1.5, reason=""), "from -1 to 1"),
        (lambda: Exit(fraction=0, reason=""), "above 0"),
        (lambda: Exit(fraction=-1, reason=""), "above 0"),
        (lambda: Exit(reason="", indicators={"x": float("inf")}), "x must be a finite number"),
    ],
)
def test_what_cannot_be_wished_for(make: Callable[[], Any], words: str) -> None:
    """Fractions have their bounds, and no NaN goes into a signal."""
    with pytest.raises(ValueError, match=words):
        make()
