"""The guard of every number that a decision compares: NaN would make a comparison fail, or hold for ever."""

from decimal import Decimal


def check_numbers(**numbers: Decimal | None) -> None:
    """Raise ValueError naming the first number that is NaN or infinite; None says unknown, and may stay."""
    for name, number in numbers.items():
        if number is not None and not number.is_finite():
            raise ValueError(f"{name} must be a finite decimal, not {number}")
