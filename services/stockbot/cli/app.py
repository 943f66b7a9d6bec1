"""The root of the command line: the list of commands, and what a person reads when one fails.

A command is imported when it runs: `stockbot --help` must not wait for databases and servers. Each module of the
list has a typer application `app`.
"""

from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from stockbot import __version__
from stockbot.errors import ConfigurationError, StockbotError

COMMANDS = {
    "up": "Run the whole platform on this machine, until Ctrl-C.",
    "status": "Show how every service stands: those of `stockbot up`, else those of the cluster.",
    "serve": "Run the service of one TradingService document, until a signal ends it.",
    "secrets": "Print new Secrets of a platform: bus, database, tokens.",
    "tokens": "Add a person to a tokens file, or take one out.",
    "operator": "Make the TradingServices of a cluster into Deployments, and keep them so.",
    "events": "Look into the streams.",
    "doctor": "Check this machine, and say how to mend what is wrong.",
    "db": "Look after the tables of the services.",
    "crd": "Print the definition of TradingService that a cluster needs, or apply it.",
}
FAILED, MISUSED = 1, 2


class Commands(TyperGroup):
    """Lists the commands by name, imports the one that is called, and puts its errors in plain lines."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name, help=purpose) for name, purpose in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, _, rest = super().resolve_command(ctx, args)
        return name, load(name) if name else None, rest

    def invoke(self, ctx: Any) -> Any:
        """Without a traceback where an error was raised on purpose, unless --debug asks for one."""
        try:
            return super().invoke(ctx)
        except StockbotError as error:
            if ctx.params["debug"]:
                raise
            for line in str(error).splitlines():
                typer.secho(f"stockbot: {line}", fg="red", err=True)
            raise typer.Exit(MISUSED if isinstance(error, ConfigurationError) else FAILED) from None


def load(name: str) -> Any:
    """Import a command."""
    command = typer.main.get_command(import_module(f"stockbot.cli.{name}").app)
    command.name = name
    return command


app = typer.Typer(
    cls=Commands,
    help="A stock-trading bot platform: services that talk over streams, on a laptop or a cluster.",
    no_args_is_help=True,
    rich_markup_mode=None,  # its tables cut long options off at 80 columns
    pretty_exceptions_enable=False,
)


def show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"stockbot {__version__}")
        raise typer.Exit


@app.callback()
def root(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options of every command; `Commands` and `show_version` act on them."""


def main() -> None:
    app(prog_name="stockbot")
