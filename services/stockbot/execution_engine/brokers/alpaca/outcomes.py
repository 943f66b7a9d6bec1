"""What a reply of Alpaca means for what we asked: a value, a refusal, or not known. Pure; used by the adapter.

A refusal is believed only in Alpaca's own form, JSON with a code and words. A web page of something on the way, a
status that fits nothing, or half an answer says nothing about an order.
"""

from decimal import Decimal
from http import HTTPStatus
from typing import TypeVar

import msgspec
from msgspec import Struct

from stockbot.errors import Unavailable
from stockbot.events.numbers import check_countable
from stockbot.execution_engine.brokers.alpaca.connection import Reply
from stockbot.execution_engine.brokers.protocol import OrderNotOpen, OrderRefused, OutcomeUnknown

LONGEST_WORDS = 300  # characters of Alpaca's own words that an error repeats
NOT_FOUND = 40410000
_REFUSALS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.UNPROCESSABLE_ENTITY})

Value = TypeVar("Value")


class AccessRefused(Unavailable):
    """The key is missing, wrong, or of the other mode: only a person can mend it."""


class Throttled(Unavailable):
    """Alpaca asks for patience: `retry_after` as it came, where it says how long."""

    def __init__(self, message: str, retry_after: str | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MalformedAnswer(Unavailable):
    """An answer that is not what Alpaca's documentation promises."""


class Answer(Struct, frozen=True, kw_only=True):
    """The root of what Alpaca says: a number that nothing can be counted in, as NaN, is refused where it comes in."""

    def __post_init__(self) -> None:
        values = {name: getattr(self, name) for name in self.__struct_fields__}
        check_countable(**{name: value for name, value in values.items() if isinstance(value, Decimal)})


class Complaint(Struct):
    code: int
    message: str


def value_of(reply: Reply, kind: type[Value]) -> Value:
    """Read the answer to a question; Unavailable for everything that is not one."""
    check_access(reply)
    if reply.status != HTTPStatus.OK:
        raise Unavailable(f"Alpaca answers {reply.status}{_aside(reply)}")
    return decoded(reply.body, kind)


def is_unknown_order(reply: Reply) -> bool:
    """Tell whether Alpaca says for certain that it has no such order: 404 with its own code, nothing less."""
    complaint = complaint_of(reply)
    return reply.status == HTTPStatus.NOT_FOUND and complaint is not None and complaint.code == NOT_FOUND


def check_sent(reply: Reply) -> None:
    """Raise what became of an order that was sent, unless it was taken."""
    check_access(reply)
    if reply.status == HTTPStatus.OK:
        return
    complaint = complaint_of(reply)
    if reply.status in _REFUSALS and complaint is not None:
        raise OrderRefused(complaint.message)
    raise OutcomeUnknown(f"Alpaca answers {reply.status}{_aside(reply)}: whether the order exists there is not known")


def check_canceled(reply: Reply, client_order_id: str) -> None:
    check_access(reply)
    if reply.status in (HTTPStatus.OK, HTTPStatus.NO_CONTENT, HTTPStatus.MULTI_STATUS):
        return
    complaint = complaint_of(reply)
    if complaint is not None and (reply.status == HTTPStatus.UNPROCESSABLE_ENTITY or is_unknown_order(reply)):
        raise OrderNotOpen(f"{client_order_id} cannot be canceled: {complaint.message}")
    raise Unavailable(f"Alpaca answers {reply.status}{_aside(reply)}: whether the cancellation arrived is not known")


def check_access(reply: Reply) -> None:
    """Raise for what Alpaca's gate says before it looks at a request: too many, or a key that opens nothing."""
    if reply.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Throttled("Alpaca answers 429: too many requests", reply.retry_after)
    if reply.status == HTTPStatus.UNAUTHORIZED or (reply.status == HTTPStatus.FORBIDDEN and _is_forbidden(reply)):
        raise AccessRefused(
            f"Alpaca answers {reply.status}: it does not accept the key; "
            "check keyId, secretKey, and that mode is the key's own"
        )


def complaint_of(reply: Reply) -> Complaint | None:
    try:
        return msgspec.json.decode(reply.body, type=Complaint)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def decoded(body: bytes, kind: type[Value]) -> Value:
    """Read JSON strictly: numbers as Decimal, no NaN, no missing field; MalformedAnswer names the place."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedAnswer(f"Alpaca's answer is not what it promises: {error}") from None


def shortened(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_WORDS else f"{line[:LONGEST_WORDS]}..."


def _is_forbidden(reply: Reply) -> bool:
    """Tell a refused key, `forbidden.` without a code, from an order that is forbidden, which has one."""
    if complaint_of(reply) is not None:
        return False
    try:
        body = msgspec.json.decode(reply.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return isinstance(body, dict) and str(body.get("message", "")).lower().startswith("forbidden")


def _aside(reply: Reply) -> str:
    complaint = complaint_of(reply)
    return f" ({shortened(complaint.message)})" if complaint else ""
