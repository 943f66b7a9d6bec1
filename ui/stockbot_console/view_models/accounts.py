"""Every account of risk: its money, its limits as gauges, and the rules that judge each order. Pure."""

from collections.abc import Sequence

from msgspec import Struct

from stockbot_console.guardian_answers import Exposure, LimitUse
from stockbot_console.view_models.gauges import Gauge
from stockbot_console.view_models.limits import Rule, gauges, rules
from stockbot_console.view_models.numbers import price_text

MONEY = (("Equity", "equity"), ("Free cash", "free_cash"), ("Held", "held"), ("Gross", "gross"), ("Net", "net"))


class AccountCard(Struct, frozen=True, kw_only=True):
    """`money` is amounts with their titles; `gauges` are by the name of their limit."""

    account: str
    money: tuple[tuple[str, str], ...]
    gauges: tuple[tuple[str, Gauge], ...]
    rules: tuple[Rule, ...]


def account_cards(uses: Sequence[LimitUse], exposures: Sequence[Exposure]) -> tuple[AccountCard, ...]:
    by_account = {exposure.account: exposure for exposure in exposures}
    return tuple(
        _card(name, [use for use in uses if use.account == name], by_account.get(name))
        for name in dict.fromkeys(use.account for use in uses)
    )


def _card(account: str, uses: Sequence[LimitUse], exposure: Exposure | None) -> AccountCard:
    money = tuple((title, price_text(getattr(exposure, field))) for title, field in MONEY) if exposure else ()
    return AccountCard(account=account, money=money, gauges=gauges(uses), rules=rules(uses))
