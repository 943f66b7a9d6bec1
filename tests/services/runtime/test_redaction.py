"""No secret in what a person or a log may see."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from stockbot.runtime.redaction import HIDDEN, looks_secret, redact, redact_text, redact_url

SECRET = "hunter2-Zq9x"  # noqa: S105 - what must not be seen


@pytest.mark.parametrize(
    "text",
    [
        f"redis://user:{SECRET}@host:6379/0",
        f"redis://:{SECRET}@host",
        f"redis://:a/b@{SECRET}@host",
        f"https://{SECRET}@host/path",
        f"could not connect to postgresql+psycopg://bot:{SECRET}@db/stockbot: refused",
        f"GET /ws/market-data?symbols=A&token={SECRET}&x=1 HTTP/1.1",
        f"https://host/query?function=QUOTE&apikey={SECRET}",
        f"api_key={SECRET}",
        f"{{'password': '{SECRET}', 'user': 'x'}}",
        f'{{"X-Api-Key": "{SECRET}"}}',
        f"Authorization: Bearer {SECRET}",
        f"authorization: basic {SECRET}",
        f"Sec-WebSocket-Protocol: bearer, {SECRET}",
        "the token sbt_" + SECRET + "0123456789abcdef",
    ],
)
def test_hides_secrets_in_texts(text: str) -> None:
    """The shapes in which secrets come along in texts are found, and the rest of the text stays."""
    shown = redact_text(text)
    assert SECRET not in shown
    assert HIDDEN in shown


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:3001/api/v1/quotes/AAPL",
        "the token is not known here",
        "STOCKBOT_TOKEN is missing: set it to the bearer token that this process shows to others",
        "mail bob@example.com",
        "a list of {name, role, sha256}",
    ],
)
def test_leaves_plain_texts_alone(text: str) -> None:
    """Words about tokens, addresses without userinfo and mail addresses are no secrets."""
    assert redact_text(text) == text


def test_redacts_a_url_but_keeps_its_place() -> None:
    """A redacted URL still says which server and database it means."""
    assert redact_url(f"redis://user:{SECRET}@host:6379/0") == f"redis://{HIDDEN}@host:6379/0"


def test_redacts_nested_values_by_their_names() -> None:
    """A name that looks secret hides its whole value at any depth; the other values become plain."""
    found = redact(
        {
            "headers": [{"Authorization": "x", "accept": "json"}],
            "broker": {"apiKey": [SECRET], "url": f"https://a:{SECRET}@host"},
            "price": Decimal("1.50"),
            "time": datetime(2026, 3, 2, tzinfo=UTC),
            "wrapped": SecretStr(SECRET),
        }
    )
    assert found == {
        "headers": [{"Authorization": HIDDEN, "accept": "json"}],
        "broker": {"apiKey": HIDDEN, "url": f"https://{HIDDEN}@host"},
        "price": "1.50",
        "time": "2026-03-02T00:00:00+00:00",
        "wrapped": "SecretStr('**********')",
    }


def test_ends_in_a_circle() -> None:
    """A value that holds itself is cut off, not followed for ever."""
    circle: dict[str, Any] = {"token": SECRET}
    circle["self"] = circle
    assert SECRET not in repr(redact(circle))


@pytest.mark.parametrize("text", ["x" * 2_000_000, "token" * 200_000, "://a:" * 10_000, '"token"' * 100_000])
def test_is_not_held_up_by_long_texts(text: str) -> None:
    """A log line of a megabyte without secrets stays as it is, in time that does not grow with its square."""
    assert redact_text(text) == text


@given(
    st.recursive(
        st.just(SECRET),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_hides_whatever_a_secret_name_holds(value: object) -> None:
    """Under a secret name nothing gets through, whatever its shape and however deep."""
    assert SECRET not in repr(redact({"deep": [{"clientSecret": value}]}))


@pytest.mark.parametrize("name", ["token", "Api-Key", "api_key", "DB_PASSWORD", "secretRef", "Set-Cookie"])
def test_knows_secret_names(name: str) -> None:
    """Names are matched in any case and within longer names."""
    assert looks_secret(name)
    assert not looks_secret("symbol")
