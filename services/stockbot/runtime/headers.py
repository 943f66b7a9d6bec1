"""The part of an event that can be read even where the rest cannot: who sent it, and as which number.

A consumer needs it to put a malformed event aside and still know which number comes next.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from stockbot.errors import MalformedEvent
from stockbot.events.envelope import Name


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The attributes that number an event; all other attributes are passed over."""

    source: Name
    sequence: Annotated[int, Meta(ge=0, lt=2**62)] = 0
    incarnation: Annotated[str, Meta(max_length=64)] = ""


_decoder = msgspec.json.Decoder(Header)


def read_header(document: bytes) -> Header:
    """The header of a work event; MalformedEvent where it is unreadable or not numbered by an outbox."""
    try:
        header = _decoder.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedEvent(str(error)) from error
    first, _, random = header.incarnation.partition(".")
    if header.sequence < 1 or not first.isdecimal() or not random:
        raise MalformedEvent("a work event carries the sequence and incarnation of its outbox; this one has none")
    if "\0" in header.source + header.incarnation:
        raise MalformedEvent("the source or incarnation holds a NUL character, which no text in SQL can")
    return header
