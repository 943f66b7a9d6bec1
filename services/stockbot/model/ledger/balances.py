"""The totals of an account's ledger accounts, as they follow from its entries. Kept beside them, never apart."""

from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.model.ledger.entries import Entry, LedgerAccount
from stockbot.model.ledger.money import NOTHING

_SIGNS = {  # an account of income or of capital is credited: below zero in the lines, above zero here
    LedgerAccount.CASH: ("cash", 1),
    LedgerAccount.DEPOSITS: ("net_deposits", -1),
    LedgerAccount.REALISED: ("realised", -1),
    LedgerAccount.FEES: ("fees", 1),
    LedgerAccount.DIVIDENDS: ("dividends", -1),
    LedgerAccount.INTEREST: ("interest", -1),
}


class Balances(Struct, frozen=True, kw_only=True):
    """Money as people speak of it: cash is had, fees are paid, the others were received.

    Equity less net deposits is always realised + unrealised + dividends + interest - fees.
    """

    cash: Decimal = NOTHING
    net_deposits: Decimal = NOTHING
    realised: Decimal = NOTHING
    fees: Decimal = NOTHING
    dividends: Decimal = NOTHING
    interest: Decimal = NOTHING


def post(before: Balances, entry: Entry) -> Balances:
    """The totals once the entry is booked."""
    changes: dict[str, Decimal] = {}
    for line in entry.lines:
        if line.ledger_account in _SIGNS:
            name, sign = _SIGNS[line.ledger_account]
            changes[name] = changes.get(name, getattr(before, name)) + sign * line.amount
    return replace(before, **changes) if changes else before
