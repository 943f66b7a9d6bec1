"""The account and its positions in Alpaca's words and in ours, and the check that the mode is the declared one."""

from decimal import Decimal
from urllib.parse import urlsplit

from stockbot.errors import ConfigurationError
from stockbot.events.envelope import Name, Symbol
from stockbot.execution_engine.brokers.alpaca.outcomes import Answer, MalformedAnswer
from stockbot.execution_engine.brokers.protocol import BrokerAccount, BrokerPosition, Mode

BASE_URLS = {Mode.PAPER: "https://paper-api.alpaca.markets", Mode.LIVE: "https://api.alpaca.markets"}
PAPER_NUMBERS = "PA"  # what the number of a paper account begins with
CASH_MULTIPLIER = "1"
ACTIVE = "ACTIVE"


class AlpacaAccount(Answer, frozen=True, kw_only=True):
    account_number: Name
    status: str
    currency: str = "USD"
    cash: Decimal
    multiplier: str | int
    trading_blocked: bool = False
    account_blocked: bool = False
    trade_suspended_by_user: bool = False


class AlpacaPosition(Answer, frozen=True, kw_only=True):
    symbol: Symbol
    qty: Decimal
    side: str
    avg_entry_price: Decimal


def check_address(base_url: str, mode: Mode) -> None:
    """Refuse Alpaca's own address of the other mode; another address, a proxy's, may be of either."""
    host = urlsplit(base_url).hostname
    for other, url in BASE_URLS.items():
        if other is not mode and host == urlsplit(url).hostname:
            raise ConfigurationError(
                f"alpaca.baseUrl is {base_url}, where Alpaca keeps {other} accounts, but alpaca.mode is "
                f"{mode.value.capitalize()}: leave baseUrl empty, or set mode to {other.value.capitalize()}"
            )


def broker_account(account: AlpacaAccount, mode: Mode, base_url: str) -> BrokerAccount:
    """Return the account; ConfigurationError where it is of the other mode, as far as Alpaca tells."""
    _check_mode(account.account_number, mode, base_url)
    try:
        return BrokerAccount(
            account_id=account.account_number,
            broker="alpaca",
            mode=mode,
            settles=str(account.multiplier) == CASH_MULTIPLIER,
            currency=account.currency,
            cash=account.cash,
        )
    except ValueError as error:
        raise MalformedAnswer(f"Alpaca's account: {error}") from None


def block_of(account: AlpacaAccount) -> str | None:
    """Return why the account may not trade; None where it may."""
    if account.status != ACTIVE:
        return f"Alpaca's account is {account.status}, not {ACTIVE}"
    blocks = {
        "account_blocked": account.account_blocked,
        "trading_blocked": account.trading_blocked,
        "trade_suspended_by_user": account.trade_suspended_by_user,
    }
    found = [name for name, is_on in blocks.items() if is_on]
    return f"Alpaca's account may not trade: {', '.join(found)}" if found else None


def broker_position(position: AlpacaPosition) -> BrokerPosition:
    quantity = abs(position.qty) * (-1 if position.side == "short" else 1)
    try:
        return BrokerPosition(symbol=position.symbol, quantity=quantity, average_price=position.avg_entry_price)
    except ValueError as error:
        raise MalformedAnswer(f"Alpaca's position of {position.symbol}: {error}") from None


def _check_mode(number: str, mode: Mode, base_url: str) -> None:
    """Hold the account's number against the mode.

    At Alpaca's own address of paper accounts there are no others. Behind another address only the number tells, and
    what cannot be told to be paper is not traded as paper.
    """
    is_paper = number.startswith(PAPER_NUMBERS)
    if mode is Mode.LIVE and is_paper:
        raise ConfigurationError(
            f"alpaca.mode is Live, but the account {number} is a paper account: set mode to Paper, or use a live key"
        )
    if mode is Mode.PAPER and not is_paper and base_url != BASE_URLS[Mode.PAPER]:
        raise ConfigurationError(
            f"alpaca.mode is Paper, but the account {number} at {base_url} is not known to be a paper account, whose "
            f"numbers begin with {PAPER_NUMBERS}: leave baseUrl empty, or set mode to Live to trade real money"
        )
