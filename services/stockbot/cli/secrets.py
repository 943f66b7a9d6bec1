"""`stockbot secrets`: prints new Secrets for a cluster's platform; `make k8s-secrets` hands them to kubectl.

    stockbot secrets | kubectl create -n stockbot -f -

`create` and not `apply`: a Secret that is there already is left as it is.
"""

import secrets as randomness
from typing import Annotated

import typer

from stockbot.runtime.auth import Role, encode_tokens, new_token, token_record
from stockbot.spec.yaml_text import write

app = typer.Typer(rich_markup_mode=None, add_completion=False)

ROLES = {"admin": Role.ADMIN, "operator": Role.ADMIN, "service": Role.VIEWER}


@app.command()
def secrets(
    bus: Annotated[str, typer.Option(help="Host and port of the bus.")] = "bus:6379",
    database: Annotated[str, typer.Option(help="Host, port and name of the database.")] = "database:5432/stockbot",
) -> None:
    """Print new Secrets of a platform: bus, database, tokens. They are YAML for `kubectl create`."""
    bus_password, database_password = randomness.token_hex(16), randomness.token_hex(16)
    tokens = {name: new_token() for name in ROLES}
    records = [token_record(name, role, tokens[name]) for name, role in ROLES.items()]
    found = {
        "stockbot-bus": {"password": bus_password, "url": f"redis://default:{bus_password}@{bus}/0"},
        "stockbot-database": {
            "password": database_password,
            "url": f"postgresql://stockbot:{database_password}@{database}",
        },
        "stockbot-tokens": {**tokens, "tokens.json": encode_tokens(records).decode()},
    }
    typer.echo("---\n".join(write(_secret(name, content)) for name, content in found.items()), nl=False)


def _secret(name: str, content: dict[str, str]) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": content}
