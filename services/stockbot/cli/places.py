"""Where the command line finds things: options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        envvar="STOCKBOT_DATA_DIR",
        help="The folder of the local platform: its database, logs and snapshots.",
    ),
]
BusUrl = Annotated[
    str | None,
    typer.Option(
        "--bus-url",
        envvar="STOCKBOT_BUS_URL",
        help="Address of the bus, such as redis://:password@host:6379/0. Default: the local platform's own.",
        show_envvar=True,
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database-url",
        envvar="STOCKBOT_DATABASE_URL",
        help="Address of the database. Default: SQLite in the data folder.",
    ),
]
DEFAULT_DATA_DIR = Path(".stockbot")
