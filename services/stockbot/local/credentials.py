"""The bearer tokens of one run: one for the person, one for each process. Only their hashes reach the disk.

Used by `stockbot up`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from stockbot.errors import ConfigurationError
from stockbot.runtime.auth import Role, new_token, read_tokens, token_record, write_tokens

ADMIN = "admin"
PINNED = "STOCKBOT_ADMIN_TOKEN"
SHORTEST = 16


@dataclass(frozen=True)
class Credentials:
    admin: SecretStr
    processes: Mapping[str, SecretStr]
    pinned: bool  # the person chose the admin's


def check_pinned(environment: Mapping[str, str]) -> None:
    """Raise ConfigurationError if the person's own token could be guessed, or does not fit into a header."""
    token = environment.get(PINNED, "")
    if token and (len(token) < SHORTEST or not token.isascii() or not token.isprintable() or " " in token):
        raise ConfigurationError(
            f"{PINNED} must have at least {SHORTEST} characters and no space, as from `openssl rand -hex 16`"
        )


def issue(names: Iterable[str], *, tokens_file: Path, environment: Mapping[str, str]) -> Credentials:
    """Make a viewer's token for each process, and an admin's for the person unless they pinned it.

    Whom `stockbot tokens` has added stays. Raises ConfigurationError for a tokens file that cannot be read.
    """
    pinned = environment.get(PINNED)
    admin = pinned or new_token()
    processes = {name: new_token() for name in names}
    viewers = [token_record(name, Role.VIEWER, token) for name, token in processes.items()]
    people = [one for one in read_tokens(tokens_file) if one.name not in {ADMIN, *processes}]
    write_tokens(tokens_file, [token_record(ADMIN, Role.ADMIN, admin), *viewers, *people])
    secret = {name: SecretStr(token) for name, token in processes.items()}
    return Credentials(SecretStr(admin), secret, pinned=bool(pinned))
