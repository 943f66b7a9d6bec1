"""Events to bytes and back: CloudEvents 1.0 as JSON, Decimals as strings. Used wherever an event enters or leaves.

Whatever the contract does not allow is refused here with the place and the reason, so nobody behind this edge has to
ask whether a number is a number.
"""

from collections.abc import Mapping

import msgspec

from stockbot.errors import MalformedEvent
from stockbot.events import EVENT_TYPES, AnyEvent, Event
from stockbot.events.market import Quote
from stockbot.events.streams import FIELD

_encoder = msgspec.json.Encoder(decimal_format="string")
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)
_quote_decoder = msgspec.json.Decoder(Quote)


def type_of(event: Event) -> str:
    """The event type as it stands on the wire, for example MARKET_DATA."""
    return str(event.__struct_config__.tag)


def encode(event: Event) -> bytes:
    """One event as CloudEvents JSON."""
    return _encoder.encode(event)


def decode(document: bytes | str) -> AnyEvent:
    """One event of the contract; MalformedEvent names the place and the reason."""
    try:
        return _decoder.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedEvent(_in_words(str(error))) from error


def document_of(fields: Mapping[bytes, bytes]) -> bytes:
    """The bytes of the event in one stream entry; MalformedEvent where the entry has no field `event`."""
    if FIELD not in fields:
        raise MalformedEvent("the stream entry has no field `event`")
    return fields[FIELD]


def decode_entry(fields: Mapping[bytes, bytes]) -> AnyEvent:
    """The event in one stream entry; MalformedEvent names the place and the reason."""
    return decode(document_of(fields))


def _in_words(reason: str) -> str:
    if "at `$.type`" in reason or "missing required field `type`" in reason:
        return f"{reason}; known types are {', '.join(EVENT_TYPES)}"
    return reason


def encode_quote(quote: Quote) -> bytes:
    """One quote as JSON: the value of its cache key."""
    return _encoder.encode(quote)


def decode_quote(document: bytes) -> Quote:
    """One quote out of its cache key; MalformedEvent names the place and the reason."""
    try:
        return _quote_decoder.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedEvent(str(error)) from error
