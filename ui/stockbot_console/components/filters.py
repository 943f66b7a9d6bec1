"""Choices that are links: the state of a page is in its address. Used by orders, portfolio, alerts and dead letters."""

from collections.abc import Iterable

from stockbot_console.components.elements import box, link, text


def choices(links: Iterable[tuple[str, str, bool]], label: str = "") -> None:
    """A row of links, (title, address, whether it is the one that is shown)."""
    with box("choices", tag="nav", **({"aria_label": label} if label else {})):
        for title, address, here in links:
            link(title, address, "here" if here else "")


def chosen_filter(name: str, value: str, address_without: str) -> None:
    """One filter that is on, and the link that ends it."""
    with link("", address_without, "filter") as element:
        element.props["title"] = f"Show every {name}"
        text(name, "muted", tag="span")
        text(value, tag="span")
        text("\N{MULTIPLICATION SIGN}", "muted", tag="span")
