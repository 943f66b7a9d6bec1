"""The few elements that pages are written with: a box, a text, a link, an icon, an age. Used by all of them."""

from nicegui import ui
from nicegui.element import Element

SUN = (
    "M12 4V2m0 20v-2m8-8h2M2 12h2m13.7-5.7 1.4-1.4M4.9 19.1l1.4-1.4m11.4 0 1.4 1.4M4.9 4.9l1.4 1.4"
    "M16 12a4 4 0 1 1-8 0 4 4 0 0 1 8 0z"
)
MOON = "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z"
SEARCH = "M20 20l-4.5-4.5M17 10.5a6.5 6.5 0 1 1-13 0 6.5 6.5 0 0 1 13 0z"
STROKE = {"fill": "none", "stroke": "currentColor", "stroke-width": 2, "stroke-linecap": "round"}


def box(classes: str = "", *, tag: str = "div", **attributes: object) -> Element:
    """Make an element; `data_at=1` becomes the attribute data-at."""
    element = ui.element(tag).classes(classes)
    element.props.update({name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()})
    return element


def text(content: str, classes: str = "", *, tag: str = "div") -> ui.label:
    label = ui.label(content).classes(classes)
    label.tag = tag
    return label


def link(content: str, target: str, classes: str = "") -> ui.link:
    return ui.link(content, target).classes(classes)


def icon(path: str, classes: str = "") -> None:
    """Draw an outline in a box of 24 by 24; it says nothing that the text beside it does not."""
    with box(classes, tag="svg", viewBox="0 0 24 24", width=16, height=16, aria_hidden="true", **STROKE):
        box(tag="path", d=path)


def age(at: int | None, exact: str) -> Element:
    """Make an age that the browser ticks: `at` in epoch milliseconds, `exact` shown on hover."""
    return set_age(box("age", tag="span"), at, exact)


def set_age(element: Element, at: int | None, exact: str) -> Element:
    element.props.update({"data-at": at, "title": exact})
    return element


def show_text(label: ui.label, content: str, classes: str) -> None:
    """Replace text and classes; what is the same already is not sent again."""
    label.set_text(content)
    if label.classes != classes.split():
        label.classes(replace=classes)
