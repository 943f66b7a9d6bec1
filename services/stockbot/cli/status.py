"""`stockbot status`: the services of the local platform, or of a cluster's namespace, as a table."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from stockbot.cli.clusters import find_connection
from stockbot.cli.places import DEFAULT_DATA_DIR, DataDir
from stockbot.cli.status_table import lines
from stockbot.errors import ConfigurationError
from stockbot.runtime.clock import SystemClock
from stockbot.runtime.fleet import ClusterFleet, Fleet, LocalFleet
from stockbot.runtime.fleet.report import has_report
from stockbot.runtime.kubernetes import Api

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def status(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    context: Annotated[
        str | None, typer.Option(help="Ask the cluster of this kubeconfig context, not the local platform.")
    ] = None,
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", help="Ask the cluster about this namespace.")
    ] = None,
) -> None:
    """Show how every service stands: those of `stockbot up`, else those of the cluster.

    Exit code 1 if one of them needs a person.
    """
    fleet = choose(data_dir, context, namespace)
    is_well = asyncio.run(show(fleet))
    if not is_well:
        raise typer.Exit(1)


def choose(data_dir: Path, context: str | None, namespace: str | None) -> Fleet:
    """Take the local platform where one reports, unless a cluster is named. ConfigurationError where there is none."""
    clock, asks_cluster = SystemClock(), context is not None or namespace is not None
    if has_report(data_dir) and not asks_cluster:
        return LocalFleet(data_dir, clock)
    connection = find_connection(context)
    if connection is None:
        raise ConfigurationError(
            f"no platform reports in {data_dir.absolute()}, and there is no kubeconfig: start `stockbot up`, or give"
            " --data-dir, or name a kubeconfig with KUBECONFIG"
        )
    return ClusterFleet(Api(replace(connection, namespace=namespace or connection.namespace)), clock)


async def show(fleet: Fleet) -> bool:
    """Print the table; tell whether every service is well."""
    try:
        services = await fleet.services()
    finally:
        await fleet.close()
    typer.echo(f"{fleet.place}\n")
    for line in lines(services, SystemClock().now()):
        typer.echo(line)
    return all(service.is_well for service in services)
