"""Tokens open doors to their roles and to no others, and rotate without a restart."""

import os
from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError
from stockbot.runtime.auth import (
    Authenticator,
    Principal,
    Role,
    TokenRecord,
    find_principal,
    new_token,
    token_record,
    write_tokens,
)


def test_orders_roles() -> None:
    """A viewer is below a trader, a trader below an admin."""
    assert Role.VIEWER < Role.TRADER < Role.ADMIN
    assert Role.parse("trader") is Role.TRADER
    with pytest.raises(ValueError, match="'king' is not a role: use viewer, trader, admin"):
        Role.parse("king")


def test_makes_tokens_that_nobody_guesses() -> None:
    """Tokens differ, are long, and are fit for headers and subprotocols."""
    tokens = {new_token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(len(token) >= 47 and token.replace("_", "").replace("-", "").isalnum() for token in tokens)


def test_keeps_no_token(tmp_path: Path) -> None:
    """The file holds the digest, not the token, and only its owner reads it."""
    token = new_token()
    path = tmp_path / "tokens.json"
    write_tokens(path, [token_record("console", Role.VIEWER, token)])
    assert token not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0


def test_finds_the_principal_of_a_token(tmp_path: Path) -> None:
    """Each token is its own principal with its own role; any other token is nobody."""
    viewer, admin = new_token(), new_token()
    path = tmp_path / "tokens.json"
    write_tokens(path, [token_record("eve", Role.VIEWER, viewer), token_record("ada", Role.ADMIN, admin)])
    authenticator = Authenticator.from_file(path)
    assert authenticator.authenticate(viewer) == Principal("eve", Role.VIEWER)
    assert authenticator.authenticate(admin) == Principal("ada", Role.ADMIN)
    assert authenticator.authenticate(new_token()) is None
    assert authenticator.authenticate("") is None
    assert authenticator.problem is None


def test_compares_every_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """A match at the front does not end the search early: the time taken says nothing."""
    compared: list[str] = []

    def compare(kept: str, shown: str) -> bool:
        compared.append(kept)
        return kept == shown

    monkeypatch.setattr("stockbot.runtime.auth.hmac.compare_digest", compare)
    tokens = [new_token() for _ in range(3)]
    records = [token_record(f"n{i}", Role.VIEWER, token) for i, token in enumerate(tokens)]
    found = find_principal(records, tokens[0])
    assert found is not None
    assert found.name == "n0"
    assert compared == [record.sha256 for record in records]


def test_rotates_without_a_restart(tmp_path: Path) -> None:
    """A new file closes the door to the old token and opens it to the new one."""
    old, new = new_token(), new_token()
    path = tmp_path / "tokens.json"
    write_tokens(path, [token_record("bot", Role.TRADER, old)])
    authenticator = Authenticator.from_file(path)
    assert authenticator.authenticate(old) is not None
    write_tokens(path, [token_record("bot", Role.TRADER, new)])
    assert authenticator.authenticate(old) is None
    assert authenticator.authenticate(new) == Principal("bot", Role.TRADER)


def test_notices_a_secret_swapped_behind_a_link(tmp_path: Path) -> None:
    """A mounted Secret changes by its symbolic link, even to a file of the same size and time."""
    old, new = new_token(), new_token()
    for name, token in (("one", old), ("two", new)):
        write_tokens(tmp_path / name, [token_record("bot", Role.TRADER, token)])
        os.utime(tmp_path / name, (1, 1))
    link = tmp_path / "tokens.json"
    link.symlink_to(tmp_path / "one")
    authenticator = Authenticator.from_file(link)
    assert authenticator.authenticate(old) is not None
    link.unlink()
    link.symlink_to(tmp_path / "two")
    assert authenticator.authenticate(old) is None
    assert authenticator.authenticate(new) is not None


def test_lets_nobody_in_without_a_file(tmp_path: Path) -> None:
    """No file, or a file that went away, is nobody; `problem` says so."""
    path = tmp_path / "tokens.json"
    token = new_token()
    nobody = Authenticator.from_file(None)
    assert nobody.authenticate(token) is None
    assert nobody.problem == "STOCKBOT_TOKENS_FILE is not set: nobody can sign in"
    write_tokens(path, [token_record("bot", Role.TRADER, token)])
    authenticator = Authenticator.from_file(path)
    path.unlink()
    assert authenticator.authenticate(token) is None
    assert authenticator.problem is not None
    assert "cannot be read" in authenticator.problem


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("", "truncated"),
        ("{}", "array"),
        ('[{"name": "x", "role": "king", "sha256": "' + "0" * 64 + '"}]', "$[0]"),
        ('[{"name": "x", "role": "admin", "sha256": "abc"}]', "$[0].sha256"),
        ('[{"name": "", "role": "admin", "sha256": "' + "0" * 64 + '"}]', "$[0].name"),
        ('[{"name": "x", "role": "admin"}]', "sha256"),
        ('[{"name": "x", "role": "admin", "sha256": "' + "0" * 64 + '", "x": 1}]', "$[0]"),
        ("\xff", "is wrong"),
    ],
)
def test_refuses_a_malformed_file(tmp_path: Path, content: str, place: str) -> None:
    """At start a malformed file is an error that names the file, the place and the right form."""
    path = tmp_path / "tokens.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(ConfigurationError) as caught:
        Authenticator.from_file(path)
    assert str(path) in str(caught.value)
    assert place in str(caught.value)
    assert "viewer|trader|admin" in str(caught.value)


def test_keeps_the_good_tokens_when_the_file_turns_bad(tmp_path: Path) -> None:
    """A slip of the pen while the program runs locks nobody out, and is told until it is mended."""
    token = new_token()
    path = tmp_path / "tokens.json"
    write_tokens(path, [token_record("bot", Role.TRADER, token)])
    authenticator = Authenticator.from_file(path)
    good = path.read_bytes()
    path.write_text("[oops")
    assert authenticator.authenticate(token) is not None
    assert authenticator.authenticate(token) is not None
    assert authenticator.problem is not None
    path.write_bytes(good)
    assert authenticator.authenticate(token) is not None
    assert authenticator.problem is None


def test_refuses_a_record_without_a_real_role() -> None:
    """A record cannot be made with a role that does not exist."""
    with pytest.raises(ValueError, match="not a role"):
        TokenRecord("x", "king", "0" * 64)
