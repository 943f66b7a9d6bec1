"""Tokens of one run."""

import json
from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError
from stockbot.local.credentials import check_pinned, issue
from stockbot.runtime.auth import Authenticator, Principal, Role, read_tokens, token_record, write_tokens


def test_each_process_is_a_viewer_and_the_person_an_admin(tmp_path: Path) -> None:
    """The tokens open what they should, and the file holds hashes only."""
    file = tmp_path / "tokens.json"
    issued = issue(["gateway", "dashboard"], tokens_file=file, environment={})
    authenticator = Authenticator.from_file(file)
    admin = authenticator.authenticate(issued.admin.get_secret_value())
    gateway = authenticator.authenticate(issued.processes["gateway"].get_secret_value())
    assert admin
    assert gateway
    assert (admin.role, gateway.role, gateway.name) == (Role.ADMIN, Role.VIEWER, "gateway")
    assert {frozenset(record) for record in json.loads(file.read_text())} == {frozenset({"name", "role", "sha256"})}
    assert "sbt_" not in file.read_text()


def test_every_run_has_new_tokens_unless_one_is_pinned(tmp_path: Path) -> None:
    """Without a wish the admin's token is new each time; with one it is that."""
    file = tmp_path / "tokens.json"
    first, second = (issue([], tokens_file=file, environment={}).admin for _ in range(2))
    assert first != second
    pinned = issue([], tokens_file=file, environment={"STOCKBOT_ADMIN_TOKEN": "0123456789abcdef"})
    assert pinned.pinned
    assert pinned.admin.get_secret_value() == "0123456789abcdef"


def test_whom_a_person_has_added_stays(tmp_path: Path) -> None:
    """The next start gives processes and admin new tokens, and nobody else loses theirs."""
    file = tmp_path / "tokens.json"
    first = issue(["gateway"], tokens_file=file, environment={})
    write_tokens(file, [*read_tokens(file), token_record("ann", Role.TRADER, "sbt_of_ann")])
    second = issue(["gateway", "dashboard"], tokens_file=file, environment={})
    known = Authenticator.from_file(file)
    assert known.authenticate("sbt_of_ann") == Principal("ann", Role.TRADER)
    assert known.authenticate(first.admin.get_secret_value()) is None
    assert known.authenticate(first.processes["gateway"].get_secret_value()) is None
    assert known.authenticate(second.processes["gateway"].get_secret_value())


def test_a_file_that_cannot_be_read_is_not_overwritten(tmp_path: Path) -> None:
    """Somebody's people are in it: they are not lost to a slip of the editor."""
    file = tmp_path / "tokens.json"
    file.write_text("[oops")
    with pytest.raises(ConfigurationError, match="tokens file"):
        issue([], tokens_file=file, environment={})
    assert file.read_text() == "[oops"


@pytest.mark.parametrize("token", ["short", "with a space in between", "näht-das-hier-nicht", "tab\tin-the-middle-of"])
def test_a_pinned_token_must_be_usable(token: str) -> None:
    """One that could be guessed or does not fit into a header is refused, without being shown."""
    with pytest.raises(ConfigurationError, match="STOCKBOT_ADMIN_TOKEN must have at least 16") as refused:
        check_pinned({"STOCKBOT_ADMIN_TOKEN": token})
    assert token not in str(refused.value)


def test_no_pinned_token_is_fine() -> None:
    """The variable may be absent or empty."""
    check_pinned({})
    check_pinned({"STOCKBOT_ADMIN_TOKEN": ""})
