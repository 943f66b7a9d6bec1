"""What the HTTP providers share.

Reading a refusal, Retry-After and JSON, and keeping keys out of logs and errors.
"""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from stockbot.market_data_gateway.providers.protocol import (
    AccessRefused,
    MalformedAnswer,
    ProviderError,
    ProviderThrottled,
    ProviderUnavailable,
    UnsupportedRequest,
)

LONGEST_PATIENCE = 24 * 3600.0  # seconds; a source that asks for more is asked again after a day
_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN}
_QUOTED = 160  # characters of a source's own words that an error repeats


def retry_after(header: str | None, now: datetime) -> float | None:
    """Seconds from a Retry-After header, which is a number or an HTTP date (RFC 9110).

    None if there is none.
    """
    if header is None:
        return None
    seconds = _number(header.strip())
    if seconds is None:
        seconds = _until(header, now)
    return None if seconds is None else min(max(seconds, 0.0), LONGEST_PATIENCE)


def refusal(status: int, header: str | None, now: datetime) -> ProviderError | None:
    """Return the error that an HTTP status means; None for a success."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ProviderThrottled("it answers 429: too many requests", retry_after=retry_after(header, now))
    if status == HTTPStatus.SERVICE_UNAVAILABLE and header is not None:
        return ProviderThrottled("it answers 503: busy", retry_after=retry_after(header, now))
    if status in _REFUSED:
        return AccessRefused(f"it answers {status}: access refused")
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return UnsupportedRequest(f"it answers {status} to this request")
    if status != HTTPStatus.OK:
        return ProviderUnavailable(f"it answers {status}")
    return None


def parse_json(text: str) -> object:
    """Parse an answer: every number with a fraction as Decimal, NaN and Infinity as Decimal too.

    MalformedAnswer.
    """
    if not text.strip():
        raise MalformedAnswer("it answers with an empty body")
    if text.lstrip()[:1] == "<":
        raise MalformedAnswer("it answers with a web page instead of JSON")
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise MalformedAnswer(f"it answers with broken JSON: {quoted(str(error))}") from None


def quoted(words: str) -> str:
    """Return a source's words on one line and of bounded length."""
    line = " ".join(words.split())
    return line if len(line) <= _QUOTED else f"{line[:_QUOTED]}..."


class RedactQueries(logging.Filter):
    """Takes the query, where the key travels, out of every URL that a log record carries."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_without_query(argument) for argument in record.args)
        return True


def redact_client_logs() -> None:
    """Return the HTTP client logs each URL at INFO: from now on without its query.

    Calling it again changes nothing.
    """
    logger = logging.getLogger("httpx")
    if not any(isinstance(present, RedactQueries) for present in logger.filters):
        logger.addFilter(RedactQueries())


def scrubber(secret: str) -> Callable[[str], str]:
    """Return a function that blanks the secret out of a text, as it is and as it stands in a URL."""
    forms = sorted({secret, str(httpx.QueryParams({"k": secret}))[2:]} - {""}, key=len, reverse=True)

    def scrub(text: str) -> str:
        for form in forms:
            text = text.replace(form, "[key]")
        return text

    return scrub


def _without_query(argument: object) -> object:
    return argument.copy_with(query=None) if isinstance(argument, httpx.URL) else argument


def _number(header: str) -> float | None:
    return float(header) if header.isascii() and header.isdigit() else None


def _until(header: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - now).total_seconds()
