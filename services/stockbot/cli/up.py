"""`stockbot up`: the whole platform on this machine."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr
from rich.console import Console

from stockbot.cli.places import DEFAULT_DATA_DIR, BusUrl, DatabaseUrl, DataDir
from stockbot.local.options import Options
from stockbot.local.up import up as run_platform

DEFAULT_DOCUMENTS = [Path("k8s/platform")]
LARGEST_OFFSET = 60_000  # the highest port of a type stays below 65536

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def up(
    file: Annotated[
        list[Path],
        typer.Option("--file", "-f", help="A TradingService document or a folder of them; may be repeated."),
    ] = DEFAULT_DOCUMENTS,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    bus_url: BusUrl = None,
    database_url: DatabaseUrl = None,
    port_offset: Annotated[
        int,
        typer.Option(min=0, max=LARGEST_OFFSET, help="Added to every port, for a second platform beside a first."),
    ] = 0,
    live: Annotated[bool, typer.Option(help="Show a live table, where there is a terminal.")] = True,
) -> None:
    """Run the whole platform on this machine, until Ctrl-C."""
    options = Options(
        paths=file,
        data_dir=data_dir,
        bus_url=SecretStr(bus_url) if bus_url else None,
        database_url=SecretStr(database_url) if database_url else None,
        port_offset=port_offset,
        live=live,
    )
    run_platform(options, Console(highlight=False))
