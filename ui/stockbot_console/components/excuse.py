"""What stands in the place of an answer that could not be had: the reason, and what to do. Used by the pages."""

from nicegui.element import Element

from stockbot_console.answers import Failure
from stockbot_console.components.elements import box, text


def excuse(heading: str, failure: Failure) -> Element:
    with box("panel empty") as element:
        text(heading, "heading", tag="h2")
        text(f"{failure.reason} {failure.remedy}".strip(), "muted")
    return element


def absent(service: str, document: str) -> None:
    """Say that the platform has no such service, and the document that adds it."""
    with box("panel empty"):
        text(f"This platform has no {service}", "heading", tag="h2")
        text("Add this document beside the others and start the platform again, or apply it to the cluster:", "muted")
        text(document, "document", tag="pre")
