"""The bus: streams and keys on Dragonfly, Valkey or Redis, with commands that all three have.

connection   one process's connections, and the one seam where the client's errors become ours
broadcast    every observer reads everything; gaps are counted
state        broadcast of which the latest wins, kept as a key as well
work         a group's reader: own pending entries first, then new ones, one acknowledgement per batch
memory       how full the server is
positions    compare-and-append of the outbox relay, and the way back for a consumer that missed something
shard_notes  what each shard of a service says of itself, so that any of them can answer for all
trimming     bounds the streams without taking what a group has not acknowledged
"""

from stockbot.runtime.bus.broadcast import BroadcastReader, publish
from stockbot.runtime.bus.connection import Bus, BusUnavailable, connect, translated
from stockbot.runtime.bus.shard_notes import ShardNotes
from stockbot.runtime.bus.state import LatestWins, publish_state, read_state
from stockbot.runtime.bus.work import Entry, WorkReader

__all__ = [
    "BroadcastReader",
    "Bus",
    "BusUnavailable",
    "Entry",
    "LatestWins",
    "ShardNotes",
    "WorkReader",
    "connect",
    "publish",
    "publish_state",
    "read_state",
    "translated",
]
