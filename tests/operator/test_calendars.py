"""Which exchanges are open, by the real calendars in their own process."""

import sys
from datetime import UTC, datetime

import pytest

from stockbot.testing.clock import FixedClock
from stockbot_operator.calendars import Calendars

TUESDAY_NOON = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # noon in New York
SUNDAY = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "opened"), [(TUESDAY_NOON, frozenset({"XNYS", "24/7"})), (SUNDAY, frozenset({"24/7"}))]
)
async def test_open_exchanges(now: datetime, opened: frozenset[str]) -> None:
    """New York at noon and on a Sunday; and a market that never closes."""
    assert await Calendars(FixedClock(now)).open_exchanges(frozenset({"XNYS", "24/7"})) == opened


async def test_an_unknown_exchange_is_not_closed() -> None:
    """What cannot be computed is not known, so a roll-out waits and says so."""
    assert await Calendars(FixedClock(SUNDAY)).open_exchanges(frozenset({"XXXX"})) is None


def test_the_calendars_stay_out_of_this_process() -> None:
    """They would double the operator's memory."""
    import stockbot_operator.main  # noqa: F401, PLC0415 - what it loads is the question

    assert "stockbot_operator.calendars" in sys.modules
    assert "exchange_calendars" not in vars(sys.modules["stockbot_operator.calendars"])
