"""A bar that says how much of something limited is used. Used by the pages of providers and of risk."""

from nicegui.element import Element

from stockbot_console.components.elements import box, text
from stockbot_console.view_models.gauges import Gauge


def gauge(shown: Gauge) -> Element:
    with box("gauge") as element:
        with box("line"):
            text(shown.title, "muted")
            text(shown.text, f"amount {shown.level}")
        if shown.share is not None:
            with box("meter"):
                box(f"fill-{shown.level}").style(f"width: {shown.share:.1%}")
        if shown.note:
            text(shown.note, "note muted")
    return element
