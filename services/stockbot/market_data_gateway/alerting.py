"""What a person should hear of the prices, as transitions: each matter is raised once and resolved once. Pure."""

from collections.abc import Mapping, Sequence

from stockbot.events.alerts import Alert, Severity

MOST_NAMED = 8  # symbols in one alert
LONGEST_REASON = 200  # characters of one symbol's reason: all of them must fit into the text of an event


def conditions(shard: int, symbol_sets: Mapping[str, Sequence[str]], stale: Mapping[str, str]) -> dict[str, Alert]:
    """The alerts that hold now, by fingerprint: one for each symbol set with symbols without a fresh price.

    `symbol_sets` names this shard's symbols of each set, `stale` gives the reason for each symbol that has no fresh
    price. Each shard raises and resolves its own matters.
    """
    found = {}
    for name, symbols in symbol_sets.items():
        without = [symbol for symbol in symbols if symbol in stale]
        if without:
            fingerprint = f"prices-stale/{name}/{shard}"
            found[fingerprint] = Alert(
                fingerprint=fingerprint,
                severity=Severity.CRITICAL if len(without) == len(symbols) else Severity.WARNING,
                title=f"{len(without)} of {len(symbols)} symbols of {name} have no fresh price",
                detail="; ".join(f"{symbol}: {stale[symbol][:LONGEST_REASON]}" for symbol in without[:MOST_NAMED]),
                labels={"symbol_set": name, "shard": str(shard)},
            )
    return found


def transitions(told: Mapping[str, Alert], now: Mapping[str, Alert]) -> list[Alert]:
    """What to tell: matters that are new or have changed in severity, and those that are over."""
    raised = [a for key, a in now.items() if key not in told or told[key].severity is not a.severity]
    over = [
        Alert(
            fingerprint=key,
            severity=Severity.INFO,
            title=f"resolved: {alert.title}",
            resolved=True,
            labels=alert.labels,
        )
        for key, alert in told.items()
        if key not in now
    ]
    return raised + over
