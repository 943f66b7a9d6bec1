"""Who is signed in, asked anew each time."""

from datetime import timedelta

from stockbot.runtime.auth import Principal, Role
from stockbot.testing.clock import FixedClock
from stockbot_console.sessions import MOST, Sessions

ADA = Principal("ada", Role.TRADER)


class Tokens:
    """An authenticator whose tokens a test adds and takes away."""

    def __init__(self, anonymous_role: Role | None = None, **known: Principal) -> None:
        self.anonymous_role = anonymous_role
        self.known = known

    def authenticate(self, token: str) -> Principal | None:
        return self.known.get(token)


def sessions(tokens: Tokens, clock: FixedClock | None = None) -> Sessions:
    return Sessions(tokens, clock or FixedClock(), timedelta(hours=12))


def test_a_known_token_opens_a_session() -> None:
    """The key is random, says nothing of the token, and stands for the principal."""
    opened = sessions(Tokens(secret=ADA))
    first, second = opened.begin("secret"), opened.begin("secret")
    assert first is not None
    assert first != second
    assert "secret" not in first
    assert opened.principal(first) == ADA


def test_an_unknown_token_opens_nothing() -> None:
    """No key, no session."""
    assert sessions(Tokens()).begin("guess") is None


def test_a_withdrawn_token_ends_its_session() -> None:
    """Taking the token out of the file is enough; giving it back does not bring the session back."""
    tokens = Tokens(secret=ADA)
    opened = sessions(tokens)
    key = opened.begin("secret")
    tokens.known = {}
    assert opened.principal(key) is None
    tokens.known = {"secret": ADA}
    assert opened.principal(key) is None


def test_a_role_that_was_changed_counts_at_once() -> None:
    """A live page asks again and learns that its visitor may less now."""
    tokens = Tokens(secret=ADA)
    opened = sessions(tokens)
    key = opened.begin("secret")
    tokens.known = {"secret": Principal("ada", Role.VIEWER)}
    assert opened.principal(key) == Principal("ada", Role.VIEWER)


def test_a_session_ends_by_logout_and_by_time() -> None:
    """After either the key is worth nothing."""
    clock = FixedClock()
    opened = sessions(Tokens(secret=ADA), clock)
    left, slept = opened.begin("secret"), opened.begin("secret")
    opened.end(left)
    assert opened.principal(left) is None
    clock.advance(timedelta(hours=12).total_seconds())
    assert opened.principal(slept) is None


def test_without_a_session_one_is_what_anybody_may_be() -> None:
    """Nobody by default, a viewer where the installation says so, also after a session has ended."""
    assert sessions(Tokens()).principal(None) is None
    visitor = sessions(Tokens(Role.VIEWER)).principal("forged")
    assert visitor == Principal("anonymous", Role.VIEWER)


def test_the_number_of_sessions_is_bounded() -> None:
    """The oldest makes room."""
    opened = sessions(Tokens(secret=ADA))
    first = opened.begin("secret")
    for _ in range(MOST):
        opened.begin("secret")
    assert opened.principal(first) is None


def test_the_token_goes_with_what_a_person_does() -> None:
    """Who is signed in acts with their own token; after the end, and for a guest, there is none."""
    tokens = Tokens(Role.VIEWER, secret=ADA)
    opened = sessions(tokens)
    key = opened.begin("secret")
    token = opened.token(key)
    assert token is not None
    assert (token.get_secret_value(), "secret" in f"{token!r}") == ("secret", False)
    assert opened.token(None) is None
    assert opened.token("forged") is None
    tokens.known = {}
    assert opened.token(key) is None
