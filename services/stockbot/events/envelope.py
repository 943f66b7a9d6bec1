"""What every event carries beside its data: the attributes of CloudEvents 1.0, and the chain of causes.

One event is one JSON object in the single stream field `event`. An event class is named after the fact, its tag is
the event type, and its `data` is a frozen struct in the module of its domain.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

Time = Annotated[datetime, Meta(tz=True)]
Name = Annotated[str, Meta(min_length=1, max_length=128)]
Symbol = Annotated[str, Meta(min_length=1, max_length=32)]
Text = Annotated[str, Meta(max_length=2000)]


class Event(Struct, frozen=True, kw_only=True, tag_field="type"):
    """A fact of the domain with its cause.

    `sequence` and `incarnation` number the events of one source on one stream: without a gap for work streams (the
    outbox counts them in SQL), and per start of the process for broadcasts. Zero means not numbered yet.
    """

    id: Name
    source: Name  # service and shard, for example market-data-gateway/0
    time: Time
    subject: Name  # symbol, account, order or shard
    correlationid: Name  # the whole chain, from tick to ledger
    causationid: Name | None = None  # the id of the event before this one
    traceparent: Name | None = None  # W3C trace context
    specversion: Literal["1.0"] = "1.0"  # of CloudEvents
    dataversion: Literal[1] = 1  # of the contract of `data`
    sequence: int = 0
    incarnation: Annotated[str, Meta(max_length=64)] = ""
