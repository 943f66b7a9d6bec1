"""A time as a page shows it: an age that the browser ticks, and the exact time in words. Used by every view model."""

from datetime import datetime, tzinfo

from msgspec import Struct

from stockbot_console.view_models.ages import epoch_milliseconds, exact_text


class Moment(Struct, frozen=True, kw_only=True):
    """Epoch milliseconds, and the exact time in words."""

    at: int
    exact: str


def moment(at: datetime, zone: tzinfo) -> Moment:
    return Moment(at=epoch_milliseconds(at), exact=exact_text(at, zone))
