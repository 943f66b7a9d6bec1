"""What needs a person now, the gravest first: of everything that a page shows, what is not as it should be. Pure."""

from collections.abc import Iterator

from msgspec import Struct

from stockbot.events.trading import OrderState
from stockbot_console.answers import Failure, known
from stockbot_console.view import View
from stockbot_console.view_models.alerts import TONES, place_of
from stockbot_console.view_models.lights import Level
from stockbot_console.view_models.orders import MEANINGS, order_title, state_word

RANKS = ("bad", "warning", "accent")
SHOWN = 12
PLACES = {
    "Feed": "/providers",
    "Gateway": "/providers",
    "Strategies": "/strategies",
    "Risk": "/risk",
    "Broker": "/orders",
    "Portfolio": "/portfolio",
    "Alerts": "/alerts",
}


class Matter(Struct, frozen=True, kw_only=True):
    """`level` is bad, warning or accent; `path` is where something can be done about it."""

    key: str
    word: str
    level: str
    text: str
    path: str


def attention(view: View) -> dict[str, Matter]:
    """The matters by key; none where all is well."""
    found = [*_trading(view), *_lights(view), *_alerts(view), *_strategies(view), *_orders(view)]
    ordered = sorted(found, key=lambda one: RANKS.index(one.level))[:SHOWN]
    return {one.key: one for one in ordered}


def _trading(view: View) -> Iterator[Matter]:
    badge = view.trading
    if badge is not None and badge.tone in ("bad", "warning"):
        yield Matter(key="trading", word=badge.word, level=badge.tone, text=badge.reason, path="/risk")


def _lights(view: View) -> Iterator[Matter]:
    for light in view.lights:
        if light.level is not Level.GOOD:
            path = PLACES.get(light.name, "/alerts")
            word = f"{light.name} {light.word}".upper()
            yield Matter(key=light.name, word=word, level=light.level.value, text=light.reason, path=path)


def _alerts(view: View) -> Iterator[Matter]:
    for alert in known(view.alerts.unanswered) if view.alerts else ():
        if alert.silenced_until is None or alert.silenced_until <= view.at:
            level = TONES[alert.severity]
            path = place_of(alert) or "/alerts"
            yield Matter(key=alert.alert_id, word=alert.severity.upper(), level=level, text=alert.title, path=path)


def _strategies(view: View) -> Iterator[Matter]:
    instances = view.strategies.instances if view.strategies else ()
    for one in () if isinstance(instances, Failure) else instances:
        if one.state == "FAILED":
            text, path = f"{one.id}: {one.reason}", f"/strategies/{one.id}"
            yield Matter(key=f"strategy {one.id}", word="FAILED", level="bad", text=text, path=path)


def _orders(view: View) -> Iterator[Matter]:
    for order in view.orders.chosen(ended=False).values():
        if order.state is OrderState.UNKNOWN:
            yield Matter(
                key=order.client_order_id,
                word=state_word(order.state),
                level="warning",
                text=f"{order_title(order)}: {MEANINGS[order.state]}",
                path=f"/orders/{order.client_order_id}",
            )
