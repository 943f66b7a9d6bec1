"""Who may do what: bearer tokens with roles, for programs and for people at the console.

A token is random and long, so its SHA-256 is enough to keep.
The tokens file is a JSON list of {name, role, sha256}. Used by the web, `stockbot up` and the console.
"""

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Self

import msgspec
import structlog
from msgspec import Meta, Struct

from stockbot.errors import ConfigurationError

log = structlog.stdlib.get_logger(__name__)

TOKEN_PREFIX = "sbt_"  # noqa: S105 - the mark by which logs and secret scanners know our tokens
LARGEST_FILE = 1_000_000  # bytes


class Role(IntEnum):
    """What a principal may do; a higher role may all that a lower one may."""

    VIEWER = 1
    TRADER = 2
    ADMIN = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the role of that name; raise ValueError naming the roles there are."""
        try:
            return cls[text.upper()]
        except KeyError:
            raise ValueError(f"{text!r} is not a role: use {', '.join(map(str, cls))}") from None


class Principal(Struct, frozen=True):
    """Somebody who has shown who they are."""

    name: str
    role: Role


ANONYMOUS = "anonymous"


class TokenRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A token as it is kept: nobody can get the token back from it."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    role: str
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]

    def __post_init__(self) -> None:
        Role.parse(self.role)

    @property
    def principal(self) -> Principal:
        return Principal(self.name, Role.parse(self.role))


def new_token() -> str:
    """Make a token with 256 bits of entropy, fit for a header and for a WebSocket subprotocol."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def token_record(name: str, role: Role, token: str) -> TokenRecord:
    return TokenRecord(name, str(role), digest(token))


def encode_tokens(records: Sequence[TokenRecord]) -> bytes:
    """Return the content of a tokens file."""
    return msgspec.json.format(msgspec.json.encode(records)) + b"\n"


def parse_tokens(content: bytes, path: Path) -> tuple[TokenRecord, ...]:
    """Read the content of a tokens file; ConfigurationError names file, entry and what is right."""
    try:
        return msgspec.json.decode(content, type=tuple[TokenRecord, ...])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        right = 'a JSON list of {"name": ..., "role": "viewer|trader|admin", "sha256": 64 hex digits}'
        raise ConfigurationError(f"the tokens file {path} is wrong: {error}; it must be {right}") from None


def find_principal(records: Sequence[TokenRecord], token: str) -> Principal | None:
    """Return the principal of `token`, else None.

    Every record is compared, and each in constant time: how long it takes tells nothing about the tokens.
    """
    found, shown = None, digest(token)
    for record in records:
        if hmac.compare_digest(record.sha256, shown):
            found = record
    return None if found is None else found.principal


class Authenticator:
    """Knows tokens from a file, which it reads again when it changes: rotation needs no restart.

    No file: nobody gets in. A file that turns bad while the program runs: the tokens before it stay good, and
    `problem` says why, for readiness and the log.
    """

    def __init__(self, path: Path | None, anonymous_role: Role | None = None) -> None:
        self.anonymous_role = anonymous_role
        self.problem: str | None = None
        self._path = path
        self._records: tuple[TokenRecord, ...] = ()
        self._seen: tuple[int, ...] | None = None

    @classmethod
    def from_file(cls, path: Path | None, anonymous_role: Role | None = None) -> Self:
        """Read `path` now. ConfigurationError if it is there and malformed."""
        authenticator = cls(path, anonymous_role)
        authenticator._read()
        return authenticator

    def authenticate(self, token: str) -> Principal | None:
        try:
            self._read()
        except ConfigurationError as error:
            self._complain(str(error))
        return find_principal(self._records, token)

    def _read(self) -> None:
        if self._path is None:
            return self._complain("STOCKBOT_TOKENS_FILE is not set: nobody can sign in")
        try:
            seen = _fingerprint(self._path)
            if seen == self._seen:
                return None
            content = self._path.read_bytes()[:LARGEST_FILE]
        except OSError as error:
            self._records, self._seen = (), None
            return self._complain(f"the tokens file {self._path} cannot be read ({error.strerror}): nobody can sign in")
        self._seen = seen
        self._records = parse_tokens(content, self._path)
        self.problem = None
        return None

    def _complain(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("authentication impaired", reason=problem)
        self.problem = problem


def _fingerprint(path: Path) -> tuple[int, ...]:
    """Say what differs after a write or a replacement; a Secret's mount replaces behind a symbolic link."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size, status.st_ino


def read_tokens(path: Path) -> tuple[TokenRecord, ...]:
    """Read a tokens file; none where there is no file. Raises ConfigurationError for one that cannot be read."""
    try:
        return parse_tokens(path.read_bytes(), path)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ConfigurationError(f"the tokens file {path} cannot be read ({error.strerror})") from None


def write_tokens(path: Path, records: Sequence[TokenRecord]) -> None:
    """Replace the tokens file at once. A new one is for its owner alone; one that is there stays whose it is.

    Raises ConfigurationError where it cannot be written.
    """
    path = path.resolve()  # a link stays one
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        beside.touch(mode=0o600)
        beside.write_bytes(encode_tokens(records))
        if path.exists():
            before = path.stat()
            os.chown(beside, before.st_uid, before.st_gid)
            beside.chmod(stat.S_IMODE(before.st_mode))
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ConfigurationError(f"the tokens file {path} cannot be written ({error.strerror})") from None
