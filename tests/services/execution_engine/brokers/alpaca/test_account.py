"""Paper is paper and live is live, as far as Alpaca tells; what cannot be told is not traded as paper."""

from decimal import Decimal
from typing import Any

import pytest

from stockbot.errors import ConfigurationError
from stockbot.execution_engine.brokers.alpaca.account import (
    BASE_URLS,
    AlpacaAccount,
    block_of,
    broker_account,
    check_address,
)
from stockbot.execution_engine.brokers.protocol import Mode

PROXY = "https://alpaca.example.net"


def account(number: str = "PA3ABCDEF123", **changes: Any) -> AlpacaAccount:
    fields: dict[str, Any] = {
        "account_number": number, "status": "ACTIVE", "cash": Decimal(1), "multiplier": "4"
    }  # fmt: skip
    return AlpacaAccount(**(fields | changes))


@pytest.mark.parametrize(
    ("number", "mode", "base_url"),
    [
        ("PA3ABCDEF123", Mode.PAPER, BASE_URLS[Mode.PAPER]),
        ("010203ABCD", Mode.PAPER, BASE_URLS[Mode.PAPER]),
        ("PA3ABCDEF123", Mode.PAPER, PROXY),
        ("123456789", Mode.LIVE, BASE_URLS[Mode.LIVE]),
        ("123456789", Mode.LIVE, PROXY),
    ],
)
def test_an_account_of_the_declared_mode(number: str, mode: Mode, base_url: str) -> None:
    """Alpaca's own address of paper accounts is proof enough; behind a proxy the number is."""
    assert broker_account(account(number), mode, base_url).mode is mode


@pytest.mark.parametrize(
    ("number", "mode", "base_url", "words"),
    [
        ("PA3ABCDEF123", Mode.LIVE, BASE_URLS[Mode.LIVE], "is a paper account"),
        ("123456789", Mode.PAPER, PROXY, "not known to be a paper account"),
    ],
)
def test_an_account_of_the_other_mode_is_refused(number: str, mode: Mode, base_url: str, words: str) -> None:
    """Live money is armed on purpose only: the message says what to change."""
    with pytest.raises(ConfigurationError, match=words):
        broker_account(account(number), mode, base_url)


def test_the_address_of_the_other_mode_is_refused() -> None:
    """Before anything is connected."""
    check_address(BASE_URLS[Mode.LIVE], Mode.LIVE)
    check_address(PROXY, Mode.PAPER)
    with pytest.raises(ConfigurationError, match="set mode to Live"):
        check_address("https://api.alpaca.markets", Mode.PAPER)


def test_an_account_settles_if_it_is_a_cash_account() -> None:
    """Its multiplier is 1, as a string or as a number."""
    assert broker_account(account(multiplier="1"), Mode.PAPER, PROXY).settles
    assert broker_account(account(multiplier=1), Mode.PAPER, PROXY).settles
    assert not broker_account(account(multiplier="2"), Mode.PAPER, PROXY).settles


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "ACCOUNT_CLOSED"}, "ACCOUNT_CLOSED"),
        ({"trading_blocked": True}, "trading_blocked"),
        ({"trade_suspended_by_user": True, "account_blocked": True}, "account_blocked, trade_suspended_by_user"),
    ],
)
def test_why_an_account_may_not_trade(changes: dict[str, Any], words: str) -> None:
    """In Alpaca's words, all of them."""
    assert words in str(block_of(account(**changes)))
    assert block_of(account()) is None
