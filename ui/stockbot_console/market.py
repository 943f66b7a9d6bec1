"""The market as the console has seen it: one track per symbol, built from ticks. Pure; the board keeps it."""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from stockbot.events.market import Quote

MARKS_KEPT = 60  # five minutes of the sparkline at a tick every 5 s


class Track(Struct, frozen=True, kw_only=True):
    """The last quote of a symbol, the price that its change is measured from, and the marks since.

    The reference is the first mark seen in the running session; `reference_at` is that quote's time, UTC.
    """

    quote: Quote
    reference: Decimal
    reference_at: datetime
    marks: tuple[Decimal, ...]


def begin(quote: Quote) -> Track:
    return Track(quote=quote, reference=quote.mark, reference_at=quote.source_time, marks=(quote.mark,))


def follow(track: Track | None, quote: Quote, opened: datetime | None) -> Track:
    """Add `quote` to the track. One that was received before the track's own changes nothing.

    `opened` is when the running session began, UTC: the first quote after it is the new reference.
    """
    if track is None or _begins_session(track, quote, opened):
        return begin(quote)
    if quote.receive_time < track.quote.receive_time:
        return track
    if quote == track.quote:
        return track
    return replace(track, quote=quote, marks=(*track.marks, quote.mark)[-MARKS_KEPT:])


def _begins_session(track: Track, quote: Quote, opened: datetime | None) -> bool:
    return opened is not None and track.reference_at < opened <= quote.source_time
