"""How prices, changes and volumes are written. Used by every view model."""

from decimal import ROUND_HALF_EVEN, Decimal

NOTHING = "\N{EM DASH}"
MINUS = "\N{MINUS SIGN}"
LEAST_PLACES, MOST_PLACES = 2, 4
CENT = Decimal("0.01")
SCALES = ((Decimal("1E12"), "T"), (Decimal("1E9"), "B"), (Decimal("1E6"), "M"), (Decimal("1E3"), "k"))


def price_text(price: Decimal | None) -> str:
    """Write the price with thousands separators and two to four places; a dash where there is none."""
    if price is None:
        return NOTHING
    exponent = price.normalize().as_tuple().exponent
    finest = -exponent if isinstance(exponent, int) else LEAST_PLACES
    return f"{price:,.{min(max(finest, LEAST_PLACES), MOST_PLACES)}f}"


def signed_text(number: Decimal, places: int = 2) -> str:
    """Write the number with its sign: a plus, a true minus, or nothing where it rounds to zero."""
    rounded = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    if rounded == 0:
        return f"{abs(rounded):,}"
    return f"{'+' if rounded > 0 else MINUS}{abs(rounded):,}"


def compact_text(quantity: Decimal | None) -> str:
    """Three significant digits with k, M, B or T; a dash where there is none."""
    if quantity is None:
        return NOTHING
    for scale, letter in SCALES:
        if quantity >= scale:
            return f"{significant(quantity / scale)}{letter}"
    return f"{quantity:,.0f}"


def significant(number: Decimal) -> str:
    """Write a number from 1 to below 1000 in three significant digits."""
    places = 2 if number < 10 else 1 if number < 100 else 0  # noqa: PLR2004 - the tens and hundreds themselves
    return f"{number:.{places}f}"


def money_text(amount: Decimal | None) -> str:
    """Write an amount of money to the cent, with a true minus; a dash where there is none."""
    if amount is None:
        return NOTHING
    cents = amount.quantize(CENT, rounding=ROUND_HALF_EVEN)
    return f"{MINUS if cents < 0 else ''}{abs(cents):,}"


def percent_text(fraction: Decimal | None, *, signed: bool = True) -> str:
    """Write a fraction in percent with two places; a dash where there is none."""
    if fraction is None:
        return NOTHING
    percent = fraction * 100
    return f"{signed_text(percent)} %" if signed else f"{percent:,.2f} %".replace("-", MINUS)


def quantity_text(quantity: Decimal) -> str:
    """Write a number of shares without needless places, with a true minus."""
    sign = MINUS if quantity < 0 else ""
    return f"{sign}{abs(quantity).normalize():,f}"
