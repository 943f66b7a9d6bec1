"""`stockbot serve`: one service in this process. Pods and `stockbot up` run it."""

from pathlib import Path
from typing import Annotated

import typer

from stockbot.errors import ConfigurationError
from stockbot.local import programs
from stockbot.spec import load_documents

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def serve(
    file: Annotated[Path, typer.Argument(help="A file with one TradingService document.", show_default=False)],
) -> None:
    """Run the service of one TradingService document, until a signal ends it."""
    documents = load_documents(file)
    if len(documents) != 1:
        raise ConfigurationError(f"{file}: holds {len(documents)} TradingServices, `serve` runs exactly one")
    programs.serve(documents[0])
