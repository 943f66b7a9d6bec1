"""Which installation acts in a namespace."""

from typing import Any

from stockbot.testing.clock import FixedClock
from stockbot_operator.leadership import REFUSED_SECONDS, Claims


class Holder:
    """A Lease that another installation has, until it does not."""

    def __init__(self) -> None:
        self.asked, self.is_free = 0, False

    def remaining(self) -> float:
        return 0.0

    async def hold(self) -> bool:
        self.asked += 1
        return self.is_free


async def test_a_namespace_of_another_installation_is_asked_for_once_and_not_for_each_resource() -> None:
    """A thousand TradingServices that are another's are no fifty requests a second at rest."""
    clock, holder = FixedClock(), Holder()
    made: Any = holder
    claims = Claims(lambda _namespace: made, clock, lambda: ["trading"])
    assert [await claims.claim("trading") for _ in range(100)] == [False] * 100
    assert holder.asked == 1
    clock.advance(REFUSED_SECONDS)
    holder.is_free = True
    assert await claims.claim("trading")
