"""The limits of risk with how far each is used, as gauges; those that judge each order alone, as rules. Pure."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from msgspec import Struct

from stockbot_console.guardian_answers import LimitUse
from stockbot_console.view_models.gauges import SCARCE, Gauge
from stockbot_console.view_models.lights import Level
from stockbot_console.view_models.numbers import price_text

Write = Callable[[Decimal], str]


class Rule(Struct, frozen=True, kw_only=True):
    """A limit that has no use to measure: each order is judged by it."""

    title: str
    setting: str


class Wording(Struct, frozen=True):
    title: str
    setting: Callable[[str], str]  # the document's value in words
    amount: Write  # what is used and allowed, in words


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _count(amount: Decimal) -> str:
    return f"{amount:,.0f}"


def _percent(base: str) -> Callable[[str], str]:
    return lambda setting: f"{(Decimal(setting) * 100).normalize():f} % of {base}"


def _times_equity(setting: str) -> str:
    return f"{Decimal(setting).normalize():f} \N{MULTIPLICATION SIGN} equity"


def _in_money(setting: str) -> str:
    return price_text(Decimal(setting))


def _as_it_is(setting: str) -> str:
    return setting


def _of(unit: str) -> Callable[[str], str]:
    return lambda setting: f"{Decimal(setting).normalize():f} {unit}"


def _allowed(setting: str) -> str:
    return "yes" if setting == "true" else "no"


WORDINGS = {
    "max_gross_exposure": Wording("Gross exposure", _times_equity, _money),
    "max_net_exposure": Wording("Net exposure", _times_equity, _money),
    "max_position_notional": Wording("Largest position", _in_money, _money),
    "max_position_weight": Wording("Weight of a position", _percent("equity"), _money),
    "max_group_weight": Wording("Weight of a group", _percent("equity"), _money),
    "max_daily_loss": Wording("Loss of the session", _percent("equity"), _money),
    "max_drawdown": Wording("Fall from the peak", _percent("the peak"), _money),
    "max_strategy_loss": Wording("Loss of a strategy", _percent("equity"), _money),
    "max_consecutive_losses": Wording("Losing trades in a row", _of("trades"), _count),
    "max_open_orders": Wording("Working orders", _of("orders"), _count),
    "max_orders_per_minute": Wording("Orders a minute", _of("a minute"), _count),
    "max_orders_per_minute_per_strategy": Wording("Orders a minute of a strategy", _of("a minute"), _count),
    "max_order_notional": Wording("Largest order", _in_money, _money),
    "price_band": Wording("Distance from the last price", _percent("it"), _money),
    "max_share_of_average_volume": Wording("Part of the daily volume", _percent("the average"), _count),
    "allow_short": Wording("Short selling", _allowed, _count),
    "on_daily_loss": Wording("After the session's loss", _as_it_is, _count),
    "resume_at_open": Wording("Resumes at the next open", _allowed, _count),
    "cooldown_minutes": Wording("Wait after losses in a row", _of("min"), _count),
    "stale_after_seconds": Wording("Oldest price", _of("s"), _count),
}
PLACES = {name: place for place, name in enumerate(WORDINGS)}
MEASURED = frozenset(list(WORDINGS)[: PLACES["max_order_notional"]])


def gauges(uses: Sequence[LimitUse]) -> tuple[tuple[str, Gauge], ...]:
    """The limits that are used up, by name, in the order of the table; one that is not known here comes last."""
    measured = [use for use in uses if use.limit in MEASURED or use.used is not None]
    return tuple((use.limit, _gauge(use)) for use in sorted(measured, key=_place))


def rules(uses: Sequence[LimitUse]) -> tuple[Rule, ...]:
    """The others, which judge each order."""
    judging = [use for use in uses if use.limit not in MEASURED and use.used is None]
    return tuple(
        Rule(title=_wording(use).title, setting=_wording(use).setting(use.setting))
        for use in sorted(judging, key=_place)
    )


def _place(use: LimitUse) -> int:
    return PLACES.get(use.limit, len(PLACES))


def _wording(use: LimitUse) -> Wording:
    return WORDINGS.get(use.limit) or Wording(use.limit.replace("_", " ").capitalize(), _as_it_is, price_text)


def _gauge(use: LimitUse) -> Gauge:
    wording = _wording(use)
    note = " \N{MIDDLE DOT} ".join(part for part in (use.subject or "", wording.setting(use.setting)) if part)
    if use.used is None or use.allowed is None:
        text = "unknown: a price or the account is missing"
        return Gauge(title=wording.title, text=text, share=None, level=Level.WARNING, note=note)
    share = float(use.used / use.allowed) if use.allowed > 0 else float(use.used > 0)
    level = Level.BAD if share >= 1 else Level.WARNING if share >= SCARCE else Level.GOOD
    text = f"{wording.amount(use.used)} of {wording.amount(use.allowed)}"
    return Gauge(title=wording.title, text=text, share=min(1.0, max(0.0, share)), level=level, note=note)
