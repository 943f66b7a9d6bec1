"""Whether real money moves: the label beside the market's, in the header of every page. Pure."""

from msgspec import Struct

from stockbot_console.answers import Failure
from stockbot_console.engine_answers import BrokerAccount, Reconciliation


class ModeBadge(Struct, frozen=True, kw_only=True):
    """`tone` is `paper`, `live` or `unknown`; `detail` may be hidden on a narrow page, `word` never."""

    word: str
    tone: str
    detail: str
    reason: str


def mode_badge(reconciliation: Reconciliation | Failure) -> ModeBadge:
    """What the engine said of its account, and `unknown` for as long as it has not said it."""
    if isinstance(reconciliation, Failure):
        reason = f"{reconciliation.reason} {reconciliation.remedy}".strip()
        return _unknown(f"Whether real money moves is not known. {reason}")
    if reconciliation.account is None:
        return _unknown("The Execution Engine has not reached its broker yet: whether real money moves is not known.")
    return _known(reconciliation.account)


def _known(account: BrokerAccount) -> ModeBadge:
    where = f"Account {account.broker_account_id} at {account.broker}, in {account.currency}."
    if account.mode == "live":
        return ModeBadge(word="LIVE", tone="live", detail="real money", reason=f"Orders move real money. {where}")
    return ModeBadge(word="PAPER", tone="paper", detail="no money moves", reason=f"No money moves. {where}")


def _unknown(reason: str) -> ModeBadge:
    return ModeBadge(word="MODE UNKNOWN", tone="unknown", detail="", reason=reason)
