"""What stands behind a service: its processes or pods, its conditions, its events. Used by the page of a service."""

from collections.abc import Iterable

from nicegui.element import Element

from stockbot_console.answers import Failure
from stockbot_console.components.elements import box, text
from stockbot_console.components.excuse import excuse
from stockbot_console.components.signal_list import moment_ago
from stockbot_console.view_models.services import HappeningRow, InstanceRow, StatementRow


def instance_panel(title: str, rows: tuple[InstanceRow, ...] | Failure) -> Element:
    if isinstance(rows, Failure):
        return excuse(f"Its {title.lower()} are not known", rows)
    with box("panel side", tag="section") as element:
        with box("toolbar"):
            text(title, tag="h2")
        if not rows:
            text("None runs.", "muted none")
        for row in rows:
            with box("side-row"):
                with box("head"):
                    text(row.key, tag="span")
                    text(row.word, f"badge {row.level}", tag="span")
                    box("spring")
                    text(row.restarts, "muted", tag="span")
                    moment_ago(row.since)
                if row.reason:
                    text(row.reason, f"reason {row.level}")
                if row.place:
                    text(row.place, "muted place")
    return element


def statement_panel(rows: Iterable[StatementRow]) -> Element:
    with box("panel side", tag="section") as element:
        with box("toolbar"):
            text("Conditions", tag="h2")
            text("what the operator says", "muted")
        for row in rows:
            with box("side-row"):
                with box("head"):
                    text(row.key, tag="span")
                    text(row.status, f"badge {row.level}", tag="span")
                    box("spring")
                    moment_ago(row.since)
                text(row.text, "muted")
    return element


def happening_panel(rows: tuple[HappeningRow, ...] | Failure) -> Element:
    if isinstance(rows, Failure):
        return excuse("Its events are not known", rows)
    with box("panel side", tag="section") as element:
        with box("toolbar"):
            text("Events", tag="h2")
            text("the newest first; a cluster keeps them for an hour", "muted")
        if not rows:
            text("Nothing has happened to it lately.", "muted none")
        for row in rows:
            _happening(row)
    return element


def _happening(row: HappeningRow) -> None:
    with box("side-row"):
        with box("head"):
            text(row.word, f"badge {row.level}", tag="span")
            text(row.subject, "muted", tag="span")
            box("spring")
            text(row.times, "muted", tag="span")
            moment_ago(row.at)
        text(row.text)
