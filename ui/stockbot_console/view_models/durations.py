"""How long something took, from milliseconds on. Used where the steps of an order are shown. Pure."""

from datetime import timedelta

from stockbot_console.view_models.ages import duration_text

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def latency_text(length: timedelta) -> str:
    """`0 ms`, `12 ms`, `1.24 s`, `3 min`; a step that was recorded before the one it follows took no time."""
    if length < SECOND:
        return f"{max(0, length // timedelta(milliseconds=1))} ms"
    if length < MINUTE:
        return f"{length.total_seconds():.2f} s"
    return duration_text(length)
