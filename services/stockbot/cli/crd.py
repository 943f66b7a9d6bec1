"""`stockbot crd`: the custom resource definition of this version, printed or applied to a cluster.

Helm never upgrades what is in a chart's `crds/`: a Job of the chart runs `stockbot crd apply` from the new image.
"""

import asyncio
from typing import Annotated

import typer

from stockbot.cli.clusters import find_connection
from stockbot.cli.definition_upgrade import NAME, upgrade
from stockbot.errors import ConfigurationError
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.kubernetes import Api, Connection
from stockbot.spec.crd import crd_yaml, definition

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.callback(invoke_without_command=True)
def crd(context: typer.Context) -> None:
    """Print the definition of TradingService that a cluster needs, or apply it."""
    if context.invoked_subcommand is None:
        typer.echo(crd_yaml(), nl=False)


@app.command()
def apply(
    context: Annotated[
        str | None, typer.Option(help="A context of the kubeconfig; by default the current one.", show_default=False)
    ] = None,
) -> None:
    """Bring the definition on the cluster to this version, and wait until it is established.

    The cluster is the kubeconfig's, else that of the pod in which this runs. Resources stay as they are, and no other
    definition is touched. The account needs get and patch on this one definition, and create where it is not there yet.
    """
    connection = find_connection(context)
    if connection is None:
        raise ConfigurationError(
            "there is no cluster: name a kubeconfig with KUBECONFIG, or run this in a pod with a ServiceAccount"
        )
    typer.echo(f"{NAME}: {asyncio.run(upgraded(connection))}")


async def upgraded(connection: Connection) -> str:
    """Do it, and say in a word what was done."""
    api = Api(connection)
    try:
        return await upgrade(api, SystemClock(), definition())
    finally:
        await api.close()
