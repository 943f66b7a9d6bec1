"""`stockbot secrets`: the three Secrets that a platform on a cluster starts from."""

import yaml
from typer.testing import CliRunner

from stockbot.cli.secrets import app
from stockbot.runtime.auth import Role, find_principal, parse_tokens


def printed() -> dict[str, dict[str, str]]:
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 0
    return {one["metadata"]["name"]: one["stringData"] for one in yaml.safe_load_all(result.stdout)}


def test_the_tokens_open_what_they_should() -> None:
    """The file knows each token's role: the operator may declare the trading state, services may only look."""
    tokens = printed()["stockbot-tokens"]
    records = parse_tokens(tokens["tokens.json"].encode(), path=None)  # type: ignore[arg-type] # only named in errors
    roles = {name: find_principal(records, tokens[name]) for name in ("admin", "operator", "service")}
    assert {name: found and found.role for name, found in roles.items()} == {
        "admin": Role.ADMIN,
        "operator": Role.ADMIN,
        "service": Role.VIEWER,
    }


def test_addresses_carry_their_passwords() -> None:
    """What the services connect with is what the servers are started with."""
    found = printed()
    for name in ("stockbot-bus", "stockbot-database"):
        assert f":{found[name]['password']}@" in found[name]["url"]


def test_every_run_makes_new_ones() -> None:
    """Nothing is derived from anything."""
    assert printed()["stockbot-bus"] != printed()["stockbot-bus"]
