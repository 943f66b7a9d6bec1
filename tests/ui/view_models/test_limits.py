"""The limits as gauges and rules."""

from decimal import Decimal

import msgspec
import pytest

from stockbot.model.risk.limits import Limits
from stockbot.testing import trading_scenes
from stockbot_console.guardian_answers import Exposure, LimitUse
from stockbot_console.view_models.accounts import account_cards
from stockbot_console.view_models.gauges import Gauge
from stockbot_console.view_models.lights import Level
from stockbot_console.view_models.limits import WORDINGS, gauges, rules

ALL = msgspec.convert(trading_scenes.limits(), tuple[LimitUse, ...])


def use(used: str | None, allowed: str | None, limit: str = "max_gross_exposure", setting: str = "1.0") -> LimitUse:
    amounts = [None if amount is None else Decimal(amount) for amount in (used, allowed)]
    return LimitUse(account="paper", limit=limit, setting=setting, used=amounts[0], allowed=amounts[1])


def gauge(used: str | None, allowed: str | None) -> Gauge:
    return gauges([use(used, allowed)])[0][1]


def test_every_limit_of_the_document_has_its_words() -> None:
    """The table here and risk's limits have the same names."""
    assert set(WORDINGS) == set(Limits.__struct_fields__) - {"groups"}


@pytest.mark.parametrize(
    ("used", "share", "level"),
    [
        ("0", 0.0, Level.GOOD),
        ("799.99", 0.79999, Level.GOOD),
        ("800", 0.8, Level.WARNING),
        ("999", 0.999, Level.WARNING),
        ("1000", 1.0, Level.BAD),
        ("1500", 1.0, Level.BAD),
    ],
)
def test_a_gauge_warns_before_the_limit(used: str, share: float, level: Level) -> None:
    """At four fifths it warns; at the limit and above it is full."""
    shown = gauge(used, "1000")
    assert shown.share == pytest.approx(share)
    assert shown.level is level
    assert shown.text == f"{Decimal(used):,.2f} of 1,000.00"


def test_what_cannot_be_measured_is_said() -> None:
    """Without a price nobody knows; a limit of nothing is used up by anything."""
    assert (gauge(None, "1000").share, gauge(None, "1000").level) == (None, Level.WARNING)
    assert gauge("1", "0").level is Level.BAD
    assert gauge("0", "0").level is Level.GOOD


def test_limits_are_sorted_into_gauges_and_rules() -> None:
    """Each limit is shown once, the gauges in the order of the table."""
    measured, judging = gauges(ALL), rules(ALL)
    assert len(measured) + len(judging) == len(ALL)
    assert [name for name, _ in measured][:2] == ["max_gross_exposure", "max_net_exposure"]
    settings = {rule.title: rule.setting for rule in judging}
    assert settings["Largest order"] == "25,000.00"
    assert settings["Distance from the last price"] == "5 % of it"
    assert settings["Short selling"] == "no"
    notes = {name: shown.note for name, shown in measured}
    assert notes["max_position_weight"] == "NVDA \N{MIDDLE DOT} 25 % of equity"
    assert notes["max_open_orders"] == "50 orders"


def test_a_limit_that_is_not_known_is_shown_as_it_is() -> None:
    """A newer service may have limits that this console has not heard of."""
    shown = gauges([use("5", "10", "max_moons", "10")])
    assert (shown[0][1].title, shown[0][1].note) == ("Max moons", "10")
    assert rules([use(None, None, "max_suns", "3")])[0].setting == "3"


def test_each_account_has_a_card_with_its_money() -> None:
    """Accounts come in the order of their limits; one without an exposure has no money to show."""
    other = msgspec.structs.replace(ALL[1], account="other")
    cards = account_cards([*ALL, other], msgspec.convert([trading_scenes.exposure()], list[Exposure]))
    assert [card.account for card in cards] == ["paper", "other"]
    assert cards[0].money[:2] == (("Equity", "99,984.55"), ("Free cash", "12,480.55"))
    assert cards[1].money == ()
