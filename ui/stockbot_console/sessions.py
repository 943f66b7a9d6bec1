"""Who is signed in. Used by every page and, again, by everything a page does: a live page outlives a logout.

A session is in this process's memory, because it holds the person's token, which goes with what they do to the other
services and has no business on a disk. The browser holds a random key to it in NiceGUI's signed cookie.
"""

import secrets
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct
from pydantic import SecretStr

from stockbot.runtime.auth import ANONYMOUS, Principal, Role
from stockbot.runtime.clock import Clock

MOST = 1000  # sessions at once; the oldest makes room


class Authenticator(Protocol):
    """What sessions need of `stockbot.runtime.auth.Authenticator`."""

    anonymous_role: Role | None

    def authenticate(self, token: str) -> Principal | None:
        """Say whose token it is now; None for an unknown one and for one that was withdrawn."""


class Session(Struct, frozen=True):
    token: SecretStr
    ends: datetime


class Sessions:
    def __init__(self, authenticator: Authenticator, clock: Clock, lifetime: timedelta) -> None:
        self._authenticator = authenticator
        self._clock = clock
        self._lifetime = lifetime
        self._open: dict[str, Session] = {}

    def begin(self, token: str) -> str | None:
        """Open a session for `token` and return its key; None for a token that is not known."""
        if self._authenticator.authenticate(token) is None:
            return None
        if len(self._open) >= MOST:
            self._open.pop(next(iter(self._open)))
        key = secrets.token_urlsafe(32)
        self._open[key] = Session(SecretStr(token), self._clock.now() + self._lifetime)
        return key

    def principal(self, key: str | None) -> Principal | None:
        """Say who holds `key` now: the token is looked up again each time. Without a session, what anybody may be."""
        session = self._open.get(key) if key else None
        if session is None:
            return self._anonymous()
        if self._clock.now() < session.ends:
            found = self._authenticator.authenticate(session.token.get_secret_value())
            if found is not None:
                return found
        self.end(key)
        return self._anonymous()

    def token(self, key: str | None) -> SecretStr | None:
        """Give the token to act with, as the person who holds `key`; None for whoever is not signed in now."""
        principal = self.principal(key)
        return self._open[key].token if principal is not None and key is not None and key in self._open else None

    def end(self, key: str | None) -> None:
        self._open.pop(key or "", None)

    def _anonymous(self) -> Principal | None:
        role = self._authenticator.anonymous_role
        return None if role is None else Principal(ANONYMOUS, role)
