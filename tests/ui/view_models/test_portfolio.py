"""An account's money and positions."""

from datetime import UTC
from decimal import Decimal
from typing import Any

import msgspec

from stockbot.testing.clock import START
from stockbot.testing.desk_scenes import account, positions
from stockbot.testing.trading_scenes import exposure
from stockbot_console.bookkeeper_answers import Account, Holding
from stockbot_console.guardian_answers import Exposure
from stockbot_console.view_models.portfolio import Figure, account_figures, exposure_of, position_rows

HELD = msgspec.convert(exposure(), Exposure)
HOLDINGS = tuple(msgspec.convert(one, Holding) for one in positions(START))


def figures(known: Exposure | None = HELD, **changes: Any) -> dict[str, Figure]:
    told = account_figures(msgspec.convert(account(START, **changes), Account), known)
    return {figure.title: figure for figure in told}


def test_the_head_says_what_the_account_has() -> None:
    """Equity with what it made, the day, the fall, cash with what is held."""
    told = figures()
    assert told["Equity, USD"].value == "99,984.55"
    assert told["Equity, USD"].note.endswith("+1,984.55 on 98,000.00 paid in")
    assert told["Today"].value == "▼ \N{MINUS SIGN}412.30"
    assert told["Drawdown"].value == "2.04 %"
    assert told["Cash"].note == "12,480.55 free, 26,299.90 held"


def test_what_is_not_known_is_a_dash() -> None:
    """A missing price makes no equity, and no profit of it."""
    told = figures(None, equity=None, day_profit=None, day_start_equity=None, drawdown=None, unrealised=None)
    assert (told["Equity, USD"].value, told["Today"].value, told["Drawdown"].value) == ("—", "—", "—")
    assert told["Cash"].note == "held: risk has not said"


def test_unsettled_cash_is_said() -> None:
    """A cash account cannot spend it yet."""
    assert figures(unsettled_cash="500")["Cash"].note.endswith("; 500.00 not settled")
    assert figures(day_start_equity="0", day_profit="0")["Today"].note == "— of 0.00"


def test_positions_are_of_the_account_or_of_each_strategy() -> None:
    """By symbol; a short says so, and its gain is that of a short."""
    whole = position_rows(HOLDINGS, by_strategy=False, zone=UTC)
    assert [row["symbol"] for row in whole.values()] == ["AAPL", "KO", "MSFT", "NVDA", "TSLA"]
    short = whole["paper//TSLA"]
    assert (short["quantity"], short["unrealised"], short["unrealisedDirection"]) == (
        "\N{MINUS SIGN}18 short",
        "▲ +28.08",
        "up",
    )
    by_strategy = position_rows(HOLDINGS, by_strategy=True, zone=UTC)
    assert [row["strategy"] for row in by_strategy.values()] == ["manual", "trend", "breakout"]


def test_a_position_without_a_price_has_no_value() -> None:
    """And one that is flat is not shown."""
    held = msgspec.structs.replace(HOLDINGS[0], mark=None, marked_at=None, value=None, unrealised=None)
    row = position_rows([held], by_strategy=False, zone=UTC)["paper//AAPL"]
    assert (row["mark"], row["value"], row["unrealised"], row["percent"], row["at"]) == ("—", "—", "—", "—", None)
    flat = msgspec.structs.replace(held, quantity=Decimal(0))
    assert position_rows([flat], by_strategy=False, zone=UTC) == {}


def test_the_exposure_is_that_of_the_account() -> None:
    """Another account's is not taken for it."""
    assert exposure_of([HELD], "paper") is HELD
    assert exposure_of([HELD], "other") is None
