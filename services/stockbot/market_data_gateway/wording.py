"""The troubles of many symbols in one sentence. Pure; used by the gateway's readiness."""

from collections.abc import Mapping, Sequence

MOST_NAMED = 20  # symbols with the same trouble


def spelled(reasons: Mapping[str, str]) -> str:
    """Reasons in words, the symbols of one reason together, and not more than a person reads."""
    by_reason: dict[str, list[str]] = {}
    for symbol, reason in reasons.items():
        by_reason.setdefault(reason, []).append(symbol)
    told = [f"{_named(symbols)}: {reason}" for reason, symbols in by_reason.items()]
    return "; ".join([*told[:MOST_NAMED], *(["..."] if len(told) > MOST_NAMED else [])])


def _named(symbols: Sequence[str]) -> str:
    more = len(symbols) - MOST_NAMED
    return ", ".join(symbols[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
