"""`stockbot tokens`: who may come in. Adds a person to a tokens file, lists them, takes one out.

A tokens file has names, roles and hashes; a token itself is shown once, to whoever adds it. Services and console look
at the file at every request, so nobody restarts anything. On a cluster it is the key `tokens.json` of the Secret
`stockbot-tokens`: docs/install.md has the lines that fetch it and put it back.
"""

from pathlib import Path
from typing import Annotated

import typer

from stockbot.errors import ConfigurationError
from stockbot.runtime.auth import ANONYMOUS, Role, TokenRecord, new_token, read_tokens, token_record, write_tokens

app = typer.Typer(
    help="Add a person to a tokens file, or take one out.",
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
)

LONGEST_NAME = 64

File = Annotated[Path, typer.Argument(help="The tokens file, as .stockbot/tokens.json.", show_default=False)]
Name = Annotated[str, typer.Argument(help="Whose token it is; the audit log carries the name.", show_default=False)]


@app.command("list")
def show(file: File) -> None:
    """Show who may come in, and as what."""
    for record in _read(file):
        typer.echo(f"{record.name}\t{record.role}")


@app.command()
def add(
    file: File, name: Name, role: Annotated[str, typer.Option(help="viewer, trader or admin.")] = str(Role.VIEWER)
) -> None:
    """Add a person, and print the new token: it is shown this once, and kept as a hash."""
    known, token = _read(file), new_token()
    if any(record.name == name for record in known):
        raise ConfigurationError(f"{name} is in {file} already: remove the old token first, or take another name")
    write_tokens(file, [*known, token_record(_checked(name), _role(role), token)])
    typer.echo(token)


@app.command()
def remove(file: File, name: Name) -> None:
    """Take a person out: the token opens nothing from the next request on."""
    known = _read(file)
    kept = [record for record in known if record.name != name]
    if len(kept) == len(known):
        raise ConfigurationError(f"{name} is not in {file}: there are {', '.join(r.name for r in known) or 'none'}")
    write_tokens(file, kept)


def _read(file: Path) -> tuple[TokenRecord, ...]:
    if not file.exists():
        raise ConfigurationError(f"there is no tokens file {file}")
    return read_tokens(file)


def _checked(name: str) -> str:
    if not name or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise ConfigurationError(f"{name!r} is no name: 1 to {LONGEST_NAME} printable characters, no space at the ends")
    if name == ANONYMOUS:
        raise ConfigurationError(f"{name} is whoever comes without a token: take another name")
    return name


def _role(text: str) -> Role:
    try:
        return Role.parse(text)
    except ValueError as error:
        raise ConfigurationError(str(error)) from None
