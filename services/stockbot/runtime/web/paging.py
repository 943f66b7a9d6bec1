"""Lists in pages: {"items": [...], "next": cursor or null}. A cursor is opaque to clients, and keys to us."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated, Generic, TypeVar

import msgspec
from fastapi import Query
from msgspec import Meta, Struct

from stockbot.runtime.web.problems import Problem

T = TypeVar("T")
Key = str | Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]  # SQL counts in 64 bits
Position = tuple[Key, ...]  # the keys of the last item seen, in the order of the list

DEFAULT_LIMIT = 100
HIGHEST_LIMIT = 1000
LONGEST_CURSOR = 512
PRINTABLE = r"^[^\x00]*$"  # no text in SQL can hold a NUL character


class Page(Struct, Generic[T], frozen=True):
    items: Sequence[T]
    next: str | None = None


class PageParameters(Struct, frozen=True):
    """What a client asks of a list: at most `limit` items after `after`, of one chain where it names one."""

    limit: int = DEFAULT_LIMIT
    after: Position | None = None
    correlationid: str | None = None


async def page_parameters(
    limit: Annotated[int, Query(ge=1, le=HIGHEST_LIMIT, description="At most this many items.")] = DEFAULT_LIMIT,
    cursor: Annotated[
        str | None, Query(max_length=LONGEST_CURSOR, description="The `next` of the page before.")
    ] = None,
    correlationid: Annotated[
        str | None,
        Query(min_length=1, max_length=128, pattern=PRINTABLE, description="Only what belongs to this chain."),
    ] = None,
) -> PageParameters:
    """Read the parameters of a list: a dependency."""
    return PageParameters(limit, decode_cursor(cursor) if cursor else None, correlationid)


def page_of(found: Sequence[T], limit: int, position: Callable[[T], Position]) -> Page[T]:
    """Make a page of what a query for `limit` + 1 items found: one too many tells of a next page."""
    items = found[:limit]
    more = len(found) > limit
    return Page(items, encode_cursor(position(items[-1])) if more else None)


def encode_cursor(position: Position) -> str:
    return urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(cursor: str) -> Position:
    """Return the position in a cursor; Problem 422 if it was not made by `encode_cursor`."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return msgspec.json.decode(urlsafe_b64decode(padded), type=Position)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        message = "this is not a cursor: pass the `next` of the page before, or leave it out"
        error = {"path": "query.cursor", "message": message, "value": cursor}
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, f"query.cursor: {message}", errors=[error]) from None
