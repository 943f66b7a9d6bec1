"""What the HTTP providers share: Retry-After, statuses, and a key that shows nowhere."""

import logging
from datetime import timedelta

import httpx
import pytest

from stockbot.market_data_gateway.providers.http import (
    LONGEST_PATIENCE,
    RedactQueries,
    redact_client_logs,
    refusal,
    retry_after,
    scrubber,
)
from stockbot.market_data_gateway.providers.protocol import (
    AccessRefused,
    ProviderThrottled,
    ProviderUnavailable,
    UnsupportedRequest,
)
from stockbot.testing.clock import START as NOW

HTTP_DATE = "%a, %d %b %Y %H:%M:%S GMT"


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ((NOW + timedelta(seconds=90)).strftime(HTTP_DATE), 90.0),
        ((NOW - timedelta(days=1)).strftime(HTTP_DATE), 0.0),
        ("99999999999", LONGEST_PATIENCE),
        ("-5", None),
        ("soon", None),
        ("1.5", None),
        ("", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    """Seconds and dates are understood, nonsense is nothing, and no wait is longer than a day."""
    assert retry_after(header, NOW) == seconds


@pytest.mark.parametrize(
    ("status", "header", "error"),
    [
        (429, None, ProviderThrottled),
        (503, "5", ProviderThrottled),
        (503, None, ProviderUnavailable),
        (500, None, ProviderUnavailable),
        (302, None, ProviderUnavailable),
        (401, None, AccessRefused),
        (403, None, AccessRefused),
        (404, None, UnsupportedRequest),
    ],
)
def test_what_a_status_means(status: int, header: str | None, error: type[Exception]) -> None:
    """Each status becomes the error that tells what may help."""
    assert type(refusal(status, header, NOW)) is error


def test_a_success_is_no_error() -> None:
    """Status 200 says nothing against the answer."""
    assert refusal(200, None, NOW) is None


def test_the_key_is_blanked_in_every_form() -> None:
    """A key with characters that a URL escapes is blanked as it is and as it is escaped."""
    scrub = scrubber("a+b/c")
    assert scrub("key a+b/c, url ?apikey=a%2Bb%2Fc") == "key [key], url ?apikey=[key]"
    assert scrubber("")("nothing to hide") == "nothing to hide"


def test_client_logs_lose_the_query_once() -> None:
    """The filter takes the query from URLs in log records, and is installed a single time."""
    redact_client_logs()
    redact_client_logs()
    logger = logging.getLogger("httpx")
    (redact,) = [each for each in logger.filters if isinstance(each, RedactQueries)]
    record = logger.makeRecord("httpx", 20, "f", 1, "GET %s", (httpx.URL("http://a/query?apikey=k"),), None)
    assert redact.filter(record)
    assert record.getMessage() == "GET http://a/query"
