"""How much of something limited is used: a budget of requests, a limit of risk. Used by providers and limits."""

from msgspec import Struct

from stockbot_console.view_models.lights import Level

SCARCE = 0.8  # from this share on a gauge warns


class Gauge(Struct, frozen=True, kw_only=True):
    """`share` is used over limit, 0 to 1; None where there is no limit or nothing to measure."""

    title: str
    text: str
    share: float | None
    level: Level
    note: str = ""
