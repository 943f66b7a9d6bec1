"""The names of streams and keys on the bus, and how each stream is delivered. Everybody takes them from here."""

from enum import StrEnum

MOST_SHARDS = 64  # that a document may split its symbols over

FIELD = b"event"  # the single field of a stream entry

SIGNALS = "stockbot:signals"
APPROVALS = "stockbot:approvals"
BLOCKS = "stockbot:blocks"
ORDERS = "stockbot:orders"
ALERTS = "stockbot:alerts"
PORTFOLIO = "stockbot:portfolio"

WORK = (SIGNALS, APPROVALS, BLOCKS, ORDERS, ALERTS)


class Delivery(StrEnum):
    BROADCAST = "broadcast"  # every observer reads all of it; gaps are counted
    STATE = "state"  # broadcast, and the latest by version wins; also kept as a key
    WORK = "work"  # at least once and in order for each group; effects once, by SQL


def market_data(shard: int) -> str:
    return f"stockbot:market-data:{shard}"


def all_market_data(shards: int) -> tuple[str, ...]:
    """The streams of a gateway of so many shards; where there are fewer, the others stay empty."""
    return tuple(market_data(shard) for shard in range(shards))


def delivery_of(stream: str) -> Delivery:
    if stream in WORK:
        return Delivery.WORK
    return Delivery.STATE if stream == PORTFOLIO else Delivery.BROADCAST


def dead(stream: str) -> str:
    """The mirror of the dead letters of a stream; the truth is a table in SQL."""
    return f"{stream}:dead"


def position(stream: str) -> str:
    """The hash in which the relays of a stream keep how far they are: it is forgotten together with the stream."""
    return f"{stream}:position"


def quote_key(symbol: str) -> str:
    return f"stockbot:quote:{symbol}"


def session_key(exchange: str) -> str:
    return f"stockbot:session:{exchange}"


def alive_key(service: str) -> str:
    return f"stockbot:alive:{service}"


def shard_key(source: str) -> str:
    """Where a shard says what the others may tell for it."""
    return f"stockbot:shard:{source}"


def state_key(stream: str) -> str:
    """Where the latest event of a state stream is kept for those who start later."""
    return f"{stream}:latest"
