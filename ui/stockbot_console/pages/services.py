"""The services, at `/services`: how each stands and why, whether `stockbot up` runs them or a cluster does."""

from nicegui.element import Element

from stockbot_console.answers import Failure
from stockbot_console.components.elements import age, box, link, text
from stockbot_console.components.excuse import excuse
from stockbot_console.components.keyed import Keyed
from stockbot_console.console import Console
from stockbot_console.pages.frame import Frame, guarded
from stockbot_console.view import View
from stockbot_console.view_models.services import ServiceRow, service_rows, summary_text

TITLE = "Services"
COLUMNS = ("Name", "Type", "Condition", "Ready", "Endpoint", "Age", "Reason")
NOBODY = Failure(
    reason="Neither `stockbot up` nor a cluster has started this console, or its pod has no account there.",
    remedy="Start it with `stockbot up`, or name a ServiceAccount in spec.serviceAccountName of its TradingService"
    " (k8s/console has one with the rights to see them).",
)
NONE = Failure(
    reason="There is no TradingService.",
    remedy="Write one, and apply it or start it with `stockbot up -f`.",
)


def register(console: Console) -> None:
    @guarded(console, "/services", TITLE)
    def services() -> None:
        frame = Frame(console, here=TITLE)
        steward = console.services.steward
        with box("page", tag="main"):
            if steward is None:
                text(TITLE, "heading", tag="h1")
                excuse("Nobody says how the services stand", NOBODY)
                return frame.follow()
            overview = Overview(steward.place)
        overview.show(frame.view)
        return frame.follow(overview.show)


class Overview:
    def __init__(self, place: str) -> None:
        with box("page-head"):
            text(TITLE, tag="h1")
            self._summary = text("", "muted")
            box("spring")
            text(place, "muted place")
        self._trouble = Trouble()
        self._excuse = Keyed[Failure](box("stack"), lambda failure: excuse("No services to show", failure))
        with box("panel fleet", tag="section") as self._panel, box("services", tag="table"):
            with box(tag="thead"), box(tag="tr"):
                for title in COLUMNS:
                    text(title, tag="th")
            self._rows = Keyed[ServiceRow](box(tag="tbody"), _row)

    def show(self, view: View) -> None:
        assert view.standings is not None  # noqa: S101 - the page is there for these
        standings = view.standings
        rows = service_rows(standings.services, view.zone)
        missing = None if rows else standings.trouble or NONE
        self._summary.set_text(summary_text(standings.services))
        self._trouble.show(standings.trouble if rows else None)
        self._excuse.show({} if missing is None else {"": missing})
        self._panel.set_visibility(bool(rows))
        self._rows.show(rows)


class Trouble:
    """Why what is shown may be out of date."""

    def __init__(self) -> None:
        self._notice = text("", "notice", tag="p")
        self._notice.props["role"] = "status"

    def show(self, failure: Failure | None) -> None:
        told = "" if failure is None else f"This may be out of date. {failure.reason} {failure.remedy}".strip()
        self._notice.set_text(told)
        self._notice.set_visibility(bool(told))


def _row(row: ServiceRow) -> Element:
    with box(row.level, tag="tr") as element:
        with box("name", tag="td"):
            link(row.key, row.path)
        text(row.kind, "kind muted", tag="td")
        with box("condition", tag="td"):
            text(row.word, f"badge {row.level}", tag="span")
        text(row.replicas, "replicas", tag="td").props["data-title"] = "ready"
        text(row.endpoint or "\N{EN DASH}", "endpoint", tag="td")
        with box("since", tag="td"):
            if row.since is not None:
                age(row.since.at, row.since.exact)
        text(row.reason, f"reason {row.tone}", tag="td")
    return element
