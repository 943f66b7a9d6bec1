"""The lights of the header: feed, bus and services. Each is a level, a word and the reason behind it."""

from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from msgspec import Struct

from stockbot_console.answers import Failure, Reach
from stockbot_console.engine_answers import Drain, Reconciliation
from stockbot_console.view_models.ages import clock_text

LATE_AFTER_INTERVALS = 3  # one tick may be slow, and one lost; three in a row are a fault


class Level(StrEnum):
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


class Light(Struct, frozen=True, kw_only=True):
    name: str
    level: Level
    word: str
    reason: str


class Pulse(Struct, frozen=True, kw_only=True):
    """When the last tick came, UTC, and how often one is due. `last_tick_at` is None before the first."""

    started_at: datetime
    last_tick_at: datetime | None = None
    interval_seconds: float = 5.0


def is_lost(pulse: Pulse, now: datetime) -> bool:
    """Tell whether ticks stopped coming. Before the first tick nothing is lost yet."""
    if pulse.last_tick_at is None:
        return False
    return now - pulse.last_tick_at > timedelta(seconds=LATE_AFTER_INTERVALS * pulse.interval_seconds)


def feed_light(pulse: Pulse, *, stale: int, symbols: int, now: datetime, zone: tzinfo) -> Light:
    """`stale` of `symbols` quotes are older than the gateway allows."""
    every = f"every {pulse.interval_seconds:g} s"
    if pulse.last_tick_at is None:
        since = clock_text(pulse.started_at, zone)
        return _light(
            "Feed",
            Level.WARNING,
            "waiting",
            f"No tick since the console started at {since}; one is due {every}.",
        )
    last = clock_text(pulse.last_tick_at, zone)
    if is_lost(pulse, now):
        return _light("Feed", Level.BAD, "silent", f"The last tick came at {last}; one is due {every}.")
    if stale:
        return _light(
            "Feed", Level.WARNING, f"{stale} stale", f"{stale} of {symbols} quotes are stale; a tick comes {every}."
        )
    return _light("Feed", Level.GOOD, "live", f"A tick of {symbols} symbols comes {every}.")


def bus_light(trouble: str | None) -> Light:
    """`trouble` is None while the bus answers, else the reason in words."""
    if trouble is None:
        return _light("Bus", Level.GOOD, "connected", "The bus answers.")
    return _light("Bus", Level.BAD, "lost", f"{_sentence(trouble)} The console reconnects by itself.")


def service_light(name: str, service: str, reach: Reach | None) -> Light:
    """Show under `name` how the service answered; `service` is what a sentence calls it."""
    if reach is None:
        return _light(name, Level.WARNING, "asking", f"The {service} has not been asked yet.")
    if not reach.answers:
        return _light(name, Level.BAD, "down", " ".join(map(_sentence, reach.reasons)))
    if not reach.ready:
        return _light(name, Level.WARNING, "not ready", " ".join(map(_sentence, reach.reasons)))
    return _light(name, Level.GOOD, "ready", f"The {service} answers and passes all of its checks.")


def broker_light(reach: Reach | None, reconciliation: Reconciliation | Failure, drain: Drain | Failure) -> Light:
    """How the engine stands with its broker; where the engine itself is not well, that is said."""
    engine = service_light("Broker", "Execution Engine", reach)
    if engine.level is Level.BAD or isinstance(reconciliation, Failure):
        return engine
    found = _books(reconciliation) or _intake(drain)
    if found is not None or engine.level is not Level.GOOD:
        return found or engine
    return _light("Broker", Level.GOOD, "ready", "The books are what the broker says.")


def _books(reconciliation: Reconciliation) -> Light | None:
    """What is wrong with the books; None where they are what the broker says."""
    if reconciliation.drifts:
        count = len(reconciliation.drifts)
        told = f"{count} thing{'s differ' if count != 1 else ' differs'} from what the broker says: see Orders."
        return _light("Broker", Level.BAD, f"{count} drift{'s' if count != 1 else ''}", told)
    if reconciliation.state == "failed":
        return _light("Broker", Level.BAD, "lost", _sentence(reconciliation.reason or "the broker does not answer"))
    if reconciliation.state != "reconciled":
        reason = reconciliation.reason or "the books are being compared with the broker's"
        return _light("Broker", Level.WARNING, "reconciling", _sentence(reason))
    return None


def _intake(drain: Drain | Failure) -> Light | None:
    if isinstance(drain, Drain) and drain.state != "serving":
        return _light("Broker", Level.WARNING, drain.state, "The Execution Engine takes on no new order.")
    return None


def _light(name: str, level: Level, word: str, reason: str) -> Light:
    return Light(name=name, level=level, word=word, reason=reason)


def _sentence(reason: str) -> str:
    capital = reason[:1].upper() + reason[1:]
    return capital if capital.endswith((".", "!", "?")) else f"{capital}."
