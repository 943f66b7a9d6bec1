"""Silences: alerts that somebody does not want to hear of for a while. They are kept, and told at its end. Pure."""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from stockbot.events.alerts import Severity
from stockbot.model.alerts.matters import Matter


class Silence(Struct, frozen=True, kw_only=True):
    """Fits what all its matchers fit; one that is None fits everything. `ended_at`: somebody ended it early."""

    silence_id: str
    until: datetime
    created_by: str
    created_at: datetime
    reason: str
    fingerprint_prefix: str | None = None
    service: str | None = None
    severity: Severity | None = None
    ended_at: datetime | None = None

    def is_active(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.until

    def fits(self, matter: Matter) -> bool:
        return (
            matter.fingerprint.startswith(self.fingerprint_prefix or "")
            and self.service in (None, matter.service)
            and self.severity in (None, matter.severity)
        )


def silenced_until(matter: Matter, silences: Iterable[Silence], now: datetime) -> datetime | None:
    """When the last silence ends that keeps this matter quiet now; None where it may be told."""
    return max((silence.until for silence in silences if silence.is_active(now) and silence.fits(matter)), default=None)
