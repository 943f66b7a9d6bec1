"""What a strategy answers with: wishes, typed, with the reason in words and the indicator values behind it.

A wish names a part of the instance's sizing, never money: `signals` makes shares of it.
"""

from msgspec import Struct

from stockbot.events.envelope import Name, Text
from stockbot.events.numbers import check_finite
from stockbot.events.trading import OrderTerms


class Target(Struct, frozen=True, kw_only=True):
    """Wish for a position: `fraction` of the sizing, from -1 (all short) over 0 (flat) to 1 (all long).

    It may be repeated at every bar: nothing happens while position and working orders are there already. Without
    `band` a position that has the right sign keeps the size it was opened with. With it the position is brought back
    to its size once it is off by more than this part of it (0.05 is 5 %).
    """

    fraction: float
    reason: Text
    indicators: dict[str, float] = {}
    band: float | None = None
    terms: OrderTerms = OrderTerms()

    def __post_init__(self) -> None:
        check_finite(fraction=self.fraction, band=self.band or 0.0, **self.indicators)
        if abs(self.fraction) > 1:
            raise ValueError(f"fraction must be from -1 to 1, not {self.fraction}")
        if self.band is not None and self.band < 0:
            raise ValueError(f"band must be 0 or more, not {self.band}")


class Enter(Struct, frozen=True, kw_only=True):
    """Wish to add `fraction` of the sizing whatever is held: above 0 buys, below 0 sells."""

    fraction: float
    reason: Text
    indicators: dict[str, float] = {}
    terms: OrderTerms = OrderTerms()

    def __post_init__(self) -> None:
        check_finite(fraction=self.fraction, **self.indicators)
        if not 0 < abs(self.fraction) <= 1:
            raise ValueError(f"fraction must be from -1 to 1 and not 0, not {self.fraction}")


class Exit(Struct, frozen=True, kw_only=True):
    """Wish to close `fraction` of the position, above 0 and at most 1; what working orders close is left out."""

    reason: Text
    fraction: float = 1.0
    indicators: dict[str, float] = {}
    terms: OrderTerms = OrderTerms()

    def __post_init__(self) -> None:
        check_finite(fraction=self.fraction, **self.indicators)
        if not 0 < self.fraction <= 1:
            raise ValueError(f"fraction must be above 0 and at most 1, not {self.fraction}")


class Cancel(Struct, frozen=True, kw_only=True):
    """Wish to cancel one of the strategy's own working orders; it counts as working until it is canceled."""

    client_order_id: Name
    reason: Text


class Replace(Struct, frozen=True, kw_only=True):
    """Wish to work one of the strategy's own orders on other terms; its quantity stays."""

    client_order_id: Name
    terms: OrderTerms
    reason: Text


Trade = Target | Enter | Exit
OrderChange = Cancel | Replace
Wish = Trade | OrderChange
