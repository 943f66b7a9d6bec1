"""The header of every page: what market this is, whether all is well, how old the data are, who is signed in."""

from nicegui import app, ui
from nicegui.element import Element

from stockbot.runtime.auth import ANONYMOUS, Principal
from stockbot_console.components.elements import MOON, SUN, age, box, icon, link, set_age, text
from stockbot_console.view import View
from stockbot_console.view_models.account_mode import ModeBadge
from stockbot_console.view_models.ages import epoch_milliseconds, exact_text
from stockbot_console.view_models.banner import Banner
from stockbot_console.view_models.bell import Bell
from stockbot_console.view_models.lights import Light
from stockbot_console.view_models.trading_state import Badge

PAGES = (
    ("Overview", "/overview"),
    ("Market", "/"),
    ("Strategies", "/strategies"),
    ("Orders", "/orders"),
    ("Portfolio", "/portfolio"),
    ("Risk", "/risk"),
    ("Alerts", "/alerts"),
    ("Dead letters", "/dead-letters"),
    ("Providers", "/providers"),
    ("Services", "/services"),
)
BELL = "M18 9a6 6 0 1 0-12 0c0 6-2.5 7.5-2.5 7.5h17S18 15 18 9zM10.3 20a2 2 0 0 0 3.4 0"
FEW_LIGHTS = 3  # with more, those that are well have no word where the page is not wide
LOGO = (
    ("M5 3v3m0 8v3M3 6h4v8H3z", "var(--up)", "none"),
    ("M15 2v3m0 7v4M13 5h4v7h-4z", "var(--down)", "var(--down)"),
)


class Header:
    """Built in the page that is being built; `show` keeps it up to date."""

    def __init__(self, view: View, principal: Principal, *, here: str, environment: str, dark: ui.dark_mode) -> None:
        self._shown = view
        with box("bar", tag="header"):
            with box("row main"):
                brand()
                _tabs(here)
                box("spring")
                with box("account"):
                    self._bell = _BellElement(view.bell) if view.bell else None
                    _theme_switch(dark)
                    _account(principal)
            with box("row strip"):
                self._mode = _Banner(view.mode) if view.mode else None
                self._banner = _Banner(view.banner)
                self._trading = _TradingBadge(view.trading) if view.trading else None
                text(environment, "environment")
                box("spring")
                with box("status many" if len(view.lights) > FEW_LIGHTS else "status"):
                    self._lights = [_LightElement(light) for light in view.lights]
                    with box("light"):
                        text("Data", "name data", tag="span")
                        self._age = age(*_tick_age(view))

    def show(self, view: View) -> None:
        for element, light in zip(self._lights, view.lights, strict=True):
            element.show(light)
        self._banner.show(view.banner)
        if self._mode and view.mode:
            self._mode.show(view.mode)
        if self._bell and view.bell:
            self._bell.show(view.bell)
        if self._trading and view.trading:
            self._trading.show(view.trading)
        if view.last_tick_at != self._shown.last_tick_at:
            set_age(self._age, *_tick_age(view))
        self._shown = view


class _LightElement:
    """A dot whose shape and colour say the level, a word, and the reason on hover."""

    def __init__(self, light: Light) -> None:
        self._shown = light
        with box(f"light {light.level}", data_name=light.name, tabindex=0) as self._element:
            box("dot", tag="span")
            text(light.name, "name", tag="span")
            self._word = text(light.word, "word", tag="span")
            with ui.tooltip():
                self._reason = text(light.reason)

    def show(self, light: Light) -> None:
        if light != self._shown:
            self._element.classes(replace=f"light {light.level}")
            self._word.set_text(light.word)
            self._reason.set_text(light.reason)
            self._shown = light


class _Banner:
    """The label of the market, or that of the account: whether prices are real, whether real money moves."""

    def __init__(self, banner: Banner | ModeBadge) -> None:
        self._shown = banner
        with box(f"banner {banner.tone}", role="status") as self._element:
            self._word = text(banner.word, "word", tag="span")
            self._detail = text(banner.detail, "detail", tag="span")
            with ui.tooltip():
                self._reason = text(banner.reason)

    def show(self, banner: Banner | ModeBadge) -> None:
        if banner != self._shown:
            self._element.classes(replace=f"banner {banner.tone}")
            self._word.set_text(banner.word)
            self._detail.set_text(banner.detail)
            self._reason.set_text(banner.reason)
            self._shown = banner


class _BellElement:
    """How many alerts are open, leading to them; without any it is only the bell."""

    def __init__(self, bell: Bell) -> None:
        self._shown = bell
        with link("", "/alerts", f"plain bell {bell.tone}") as self._element:
            self._element.props["aria-label"] = "Alerts"
            icon(BELL)
            self._count = text(bell.count, "count", tag="span")
            with ui.tooltip():
                self._reason = text(bell.reason)

    def show(self, bell: Bell) -> None:
        if bell != self._shown:
            self._element.classes(replace=f"plain bell {bell.tone}")
            self._count.set_text(bell.count)
            self._reason.set_text(bell.reason)
            self._shown = bell


class _TradingBadge:
    """The trading state, leading to where it is changed."""

    def __init__(self, badge: Badge) -> None:
        self._shown = badge
        with link("", "/risk", f"trading {badge.tone}") as self._element:
            text("Trading", "name", tag="span")
            self._word = text(badge.word, "word", tag="span")
            with ui.tooltip():
                self._reason = text(badge.reason)

    def show(self, badge: Badge) -> None:
        if badge != self._shown:
            self._element.classes(replace=f"trading {badge.tone}")
            self._word.set_text(badge.word)
            self._reason.set_text(badge.reason)
            self._shown = badge


def brand() -> None:
    """Draw the logo and the name, leading home."""
    with link("", "/", "brand"):
        with box(tag="svg", viewBox="0 0 20 20", stroke_width=1.6, stroke_linecap="round", aria_hidden="true"):
            for path, stroke, fill in LOGO:
                box(tag="path", d=path, stroke=stroke, fill=fill)
        text("Stockbot", "name", tag="span")


def _tabs(here: str) -> None:
    with box("tabs", tag="nav"):
        for title, path in PAGES:
            link(title, path, "here" if title == here else "")


def _tick_age(view: View) -> tuple[int | None, str]:
    if view.last_tick_at is None:
        return None, "No tick yet."
    return epoch_milliseconds(view.last_tick_at), f"Last tick {exact_text(view.last_tick_at, view.zone)}"


def _theme_switch(dark: ui.dark_mode) -> Element:
    def switch() -> None:
        dark.value = app.storage.user["dark"] = not dark.value

    with box("plain", tag="button", type="button", title="Light or dark (t)", data_theme_switch="") as button:
        icon(SUN, "sun")
        icon(MOON, "moon")
    return button.on("click", switch).mark("theme-switch")


def _account(principal: Principal) -> None:
    if principal.name == ANONYMOUS:
        text(f"guest \N{MIDDLE DOT} {principal.role}", "who muted")
        link("Sign in", "/login", "plain")
        return
    text(f"{principal.name} \N{MIDDLE DOT} {principal.role}", "who muted")
    with box(tag="form", method="post", action="/logout"), box("plain", tag="button", type="submit"):
        text("Sign out", tag="span")
