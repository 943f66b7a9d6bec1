"""Profit and loss as pages show it: by an arrow, by its sign and by colour, never by colour alone. Pure."""

from decimal import Decimal

from msgspec import Struct

from stockbot_console.view_models.numbers import NOTHING, signed_text

UP, DOWN = "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK DOWN-POINTING TRIANGLE}"


class Gain(Struct, frozen=True, kw_only=True):
    """`direction` is up, down or flat, a class of the style sheet."""

    text: str
    direction: str


UNKNOWN = Gain(text=NOTHING, direction="flat")


def gain(amount: Decimal | None) -> Gain:
    """`▲ +412.30`, or with ▼ and a true minus, or `0.00`; a dash where it is not known."""
    return UNKNOWN if amount is None else _gain(amount, signed_text(amount))


def gain_percent(fraction: Decimal | None) -> Gain:
    """`▲ +1.24 %`."""
    return UNKNOWN if fraction is None else _gain(fraction, f"{signed_text(fraction * 100)} %")


def _gain(amount: Decimal, text: str) -> Gain:
    if not any(digit in text for digit in "123456789"):
        return Gain(text=text, direction="flat")
    return Gain(text=f"{UP} {text}", direction="up") if amount > 0 else Gain(text=f"{DOWN} {text}", direction="down")
