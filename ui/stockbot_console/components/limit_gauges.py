"""Every account with its money, its limits as gauges, and the rules for each order. Used by the page of risk."""

from nicegui.element import Element

from stockbot_console.answers import Failure
from stockbot_console.components.elements import box, text
from stockbot_console.components.excuse import excuse
from stockbot_console.components.gauge import gauge
from stockbot_console.components.keyed import Keyed
from stockbot_console.state import Risk
from stockbot_console.view import View
from stockbot_console.view_models.accounts import AccountCard, account_cards
from stockbot_console.view_models.gauges import Gauge

NONE = Failure(reason="The Risk Guardian knows of no account yet.", remedy="It learns of one with its first portfolio.")


class AccountLimits:
    def __init__(self) -> None:
        self._accounts = Keyed[AccountCard | Failure](box("accounts"), _item)

    def show(self, view: View) -> None:
        if view.risk is not None:
            self._accounts.show(_items(view.risk))


def _items(risk: Risk) -> dict[str, AccountCard | Failure]:
    limits = risk.limits or NONE
    if isinstance(limits, Failure):
        return {"": limits}
    exposures = () if isinstance(risk.exposures, Failure) else risk.exposures
    return {card.account: card for card in account_cards(limits, exposures)}


def _item(item: AccountCard | Failure) -> Element:
    return excuse("The limits are not known", item) if isinstance(item, Failure) else _account(item)


def _account(card: AccountCard) -> Element:
    with box("panel account-limits", tag="section") as element:
        with box("toolbar"):
            text(f"Limits of account {card.account}", tag="h2")
            box("spring")
            for title, amount in card.money:
                with box("money"):
                    text(title, "title")
                    text(amount, "value")
        with box("gauges"):
            for name, shown in card.gauges:
                _place(name, shown)
        with box("rules"):
            for rule in card.rules:
                with box("rule"):
                    text(rule.title, "muted")
                    text(rule.setting)
    return element


def _place(name: str, shown: Gauge) -> None:
    gauge(shown).props["data-limit"] = name
