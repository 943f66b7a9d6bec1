"""`stockbot crd`: the custom resource definition of this version, for `kubectl apply --server-side -f -`."""

import typer

from stockbot.spec.crd import crd_yaml

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def crd() -> None:
    """Print the definition of TradingService that a cluster needs."""
    typer.echo(crd_yaml(), nl=False)
