"""Events that a service could not take in and put aside: one alert for each service and stream. Pure."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from stockbot.events.alerts import Alert, Severity
from stockbot.events.streams import APPROVALS, ORDERS
from stockbot.model.alerts.matters import SERVICE

KIND = "dead-letters"
MONEY = frozenset({APPROVALS, ORDERS})  # what is put aside here may be an order or a fill


class PutAside(Struct, frozen=True):
    """How many letters of a stream a consumer has put aside that nobody has resolved, and the newest one's reason."""

    consumer: str
    stream: str
    count: int
    reason: str

    @property
    def fingerprint(self) -> str:
        return f"{KIND}/{self.consumer}/{self.stream}"[:128]


def alerts(found: Iterable[PutAside], open_titles: Mapping[str, str]) -> list[Alert]:
    """What has changed against the open alerts of this kind, whose titles are given by fingerprint."""
    now = {one.fingerprint: _alert(one) for one in found}
    changed = [alert for alert in now.values() if open_titles.get(alert.fingerprint) != alert.title]
    return changed + [_over(name, title) for name, title in open_titles.items() if name not in now]


def _alert(one: PutAside) -> Alert:
    events = "1 event was" if one.count == 1 else f"{one.count} events were"
    return Alert(
        fingerprint=one.fingerprint,
        severity=Severity.CRITICAL if one.stream in MONEY else Severity.WARNING,
        title=f"{events} put aside by {one.consumer} from {one.stream}"[:2000],
        detail=f"Its work goes on without them until a person replays or resolves them. The newest: {one.reason}"[
            :2000
        ],
        labels={SERVICE: one.consumer, "stream": one.stream},
    )


def _over(fingerprint: str, title: str) -> Alert:
    return Alert(fingerprint=fingerprint, severity=Severity.INFO, title=title, resolved=True)
