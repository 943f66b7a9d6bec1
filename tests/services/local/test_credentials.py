"""Tokens of one run."""

import json
from pathlib import Path

import pytest

from stockbot.errors import ConfigurationError
from stockbot.local.credentials import check_pinned, issue
from stockbot.runtime.auth import Authenticator, Role


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
